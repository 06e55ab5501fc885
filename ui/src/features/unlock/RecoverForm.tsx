import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { BackendError, backend } from "../../backend";
import type { LobbyUser } from "../../backend";
import { Icon } from "../../components/Icon";
import { messages as words } from "../../components/messages";
import { NewPassphrase, isChosen, nothingChosen } from "../../components/NewPassphrase";
import { messages } from "./messages";
import { enter } from "./Opening";
import styles from "./PassphraseForm.module.css";

/** The 24 words and a new passphrase in the place of a forgotten one. */
export function RecoverForm({ user }: { user: LobbyUser }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(nothingChosen);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);

  const recover = useMutation({
    mutationFn: () => backend.recover(user.name, typed, chosen.passphrase),
    gcTime: 0,
    onSuccess: enter,
    onError: () => field.current?.focus(),
  });
  const count = typed.trim() === "" ? 0 : typed.trim().split(/\s+/).length;
  const problem = recover.error && (recover.error instanceof BackendError ? recover.error.message : words.unexpected);

  return (
    <form
      className={styles.fields}
      onSubmit={(event) => {
        event.preventDefault();
        if (isChosen(chosen) && !recover.isPending) recover.mutate();
      }}
    >
      <label className={styles.label} htmlFor="recovery-words">
        {messages.recoveryWords}
      </label>
      <textarea
        ref={field}
        id="recovery-words"
        data-testid="recovery-words"
        className={styles.words}
        dir="ltr"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={typed}
        aria-describedby="recovery-hint"
        aria-invalid={problem ? true : undefined}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <p id="recovery-hint" className={styles.hint}>
        {messages.wordsTyped(count)} {messages.recoveryHint}
      </p>
      <NewPassphrase user={user.name} chosen={chosen} onChange={setChosen} />
      {problem && (
        <p className={styles.fault} role="alert" data-testid="unlock-error">
          <Icon of={IconAlertTriangle} />
          <bdi>{problem}</bdi>
        </p>
      )}
      <Button
        type="submit"
        variant="filled"
        className={styles.submit ?? ""}
        data-testid="recover-submit"
        aria-disabled={!isChosen(chosen) || undefined}
        aria-busy={recover.isPending || undefined}
      >
        {recover.isPending ? messages.recovering : messages.recover}
      </Button>
    </form>
  );
}
