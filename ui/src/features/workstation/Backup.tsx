import { IconDeviceFloppy } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { announce } from "../../app/announce";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { BackupView } from "../../backend";
import { Action } from "../../components/Actions";
import { Section } from "../../components/Section";
import { ErrorPanel } from "../../components/States";
import { messages } from "./messages";
import { Standing } from "./Standing";
import styles from "./WorkstationScreen.module.css";

/** The last backup, and the next one to a place of the person's choosing. */
export function Backup({ backup }: { backup: BackupView }) {
  const id = useId();
  const [file, setFile] = useState(backup.suggested);
  const write = useMutation({
    mutationFn: () => backend.backUp(file),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries({ queryKey: keys.workstation });
    },
  });
  return (
    <Section title={messages.backup}>
      <Standing standing={backup.standing} text={backup.text} detail={backup.detail} />
      <form
        className={styles.line}
        onSubmit={(event) => {
          event.preventDefault();
          if (!write.isPending) write.mutate();
        }}
      >
        <div className={styles.grow}>
          <label htmlFor={id}>{messages.backupFile}</label>
          <input
            id={id}
            className={styles.input}
            dir="ltr"
            spellCheck={false}
            autoComplete="off"
            data-testid="backup-file"
            value={file}
            onChange={(event) => setFile(event.currentTarget.value)}
          />
        </div>
        <Action submit icon={IconDeviceFloppy} busy={write.isPending} testId="backup-now">
          {write.isPending ? messages.backingUp : messages.backupNow}
        </Action>
      </form>
      {write.data && (
        <p className={styles.said} data-testid="backup-said">
          <bdi>{write.data}</bdi>
        </p>
      )}
      {write.error && <ErrorPanel error={write.error} />}
    </Section>
  );
}
