import { IconPrinter } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { RecoveryView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { messages as common } from "../../components/messages";
import { Section } from "../../components/Section";
import { ErrorPanel } from "../../components/States";
import { messages } from "./messages";
import { Standing } from "./Standing";
import styles from "./WorkstationScreen.module.css";

/** The words, once; closing it is a decision of its own. */
function Words({ words, onDone }: { words: string[]; onDone: () => void }) {
  const [written, setWritten] = useState(false);
  return (
    <Dialog
      wide
      title={messages.wordsTitle}
      onClose={() => {
        if (written) onDone();
      }}
      testId="recovery-dialog"
    >
      <p className={styles.detail}>{messages.wordsDetail}</p>
      <ol className={styles.words} aria-label={messages.wordsList} data-print>
        {words.map((word, i) => (
          <li key={`${String(i)}-${word}`} dir="ltr">
            <span>{i + 1}</span>
            {word}
          </li>
        ))}
      </ol>
      <label className={styles.tick}>
        <input
          type="checkbox"
          data-first
          data-testid="recovery-written"
          checked={written}
          onChange={(event) => setWritten(event.currentTarget.checked)}
        />
        {messages.written}
      </label>
      <div className={styles.actions}>
        <Action icon={IconPrinter} onClick={() => window.print()} testId="recovery-print">
          {messages.print}
        </Action>
        <Action main locked={!written} onClick={onDone} testId="recovery-done">
          {written ? messages.doneWords : messages.notDone}
        </Action>
      </div>
    </Dialog>
  );
}

/** How the recovery key stands, its words once, and a new one. */
export function Recovery({ recovery }: { recovery: RecoveryView }) {
  const [asking, setAsking] = useState(false);
  const [words, setWords] = useState<string[]>();
  const show = useMutation({ mutationFn: () => backend.showRecovery(), gcTime: 0, onSuccess: setWords });
  const renew = useMutation({
    mutationFn: () => backend.renewRecovery(),
    gcTime: 0,
    onSuccess: (made) => {
      setAsking(false);
      setWords(made);
    },
  });
  const done = (): void => {
    setWords(undefined);
    show.reset();
    renew.reset();
    void queryClient.invalidateQueries({ queryKey: keys.workstation });
  };
  return (
    <Section title={messages.recovery}>
      <Standing standing={recovery.standing} text={recovery.text} detail={recovery.detail} />
      <div className={styles.line}>
        {recovery.mayShow && (
          <Action busy={show.isPending} onClick={() => show.mutate()} testId="recovery-show">
            {messages.showWords}
          </Action>
        )}
        {recovery.mayRenew && (
          <Action onClick={() => setAsking(true)} testId="recovery-renew">
            {messages.renew}
          </Action>
        )}
      </div>
      {show.error && <ErrorPanel error={show.error} />}
      {asking && (
        <Dialog title={messages.renewTitle} onClose={() => setAsking(false)}>
          <p className={styles.detail}>{messages.renewDetail}</p>
          {renew.error && <ErrorPanel error={renew.error} />}
          <div className={styles.actions}>
            <Action onClick={() => setAsking(false)}>{common.cancel}</Action>
            <Action main busy={renew.isPending} onClick={() => renew.mutate()} testId="recovery-renew-now">
              {messages.renewNow}
            </Action>
          </div>
        </Dialog>
      )}
      {words && <Words words={words} onDone={done} />}
    </Section>
  );
}
