import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import type { ReturnPreview } from "../../backend";
import { Action } from "../../components/Actions";
import { Changes } from "../../components/Changes";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { messages } from "./messages";
import styles from "./past.module.css";

interface ReturnPanelProps {
  /** Names the preview in the cache. */
  of: readonly string[];
  preview: () => Promise<ReturnPreview>;
  act: (reason: string) => Promise<string>;
  label: string;
  onBack: () => void;
  onDone: () => void;
}

/** What returns, why, and the button that makes it so. */
export function ReturnPanel({ of, preview, act, label, onBack, onDone }: ReturnPanelProps) {
  const id = useId();
  const [reason, setReason] = useState("");
  const shown = useQuery({ queryKey: ["return", ...of], queryFn: preview, gcTime: 0 });
  const change = useMutation({
    mutationFn: () => act(reason),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries();
      onDone();
    },
  });
  const data = shown.data;
  if (shown.error && !data) return <ErrorPanel error={shown.error} />;
  if (!data) return <LoadingRows rows={4} />;
  const why = data.possible ? (reason.trim() === "" ? messages.reasonMissing : "") : messages.notPossible;
  return (
    <form
      className={styles.panel}
      onSubmit={(event) => {
        event.preventDefault();
        if (why === "" && !change.isPending) change.mutate();
      }}
    >
      <p>
        <bdi>{data.text}</bdi>
      </p>
      <Changes lines={data.changes} before={messages.now} after={messages.returns} label={messages.what} />
      {data.outcome && (
        <p>
          <bdi>{data.outcome}</bdi>
        </p>
      )}
      {data.whyNot && (
        <p className={styles.warn} data-testid="return-why-not">
          <bdi>{data.whyNot}</bdi>
        </p>
      )}
      <div className={styles.row}>
        <label htmlFor={id}>{messages.reason}</label>
        <input
          id={id}
          // eslint-disable-next-line jsx-a11y/no-autofocus -- the dialog has just turned to this question
          autoFocus
          className={styles.input}
          dir="auto"
          autoComplete="off"
          data-testid="return-reason"
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      {change.error && <ErrorPanel error={change.error} />}
      <div className={styles.actions}>
        <Action onClick={onBack}>{messages.back}</Action>
        <Action main submit icon={IconArrowBackUp} locked={why !== ""} busy={change.isPending} testId="return-now">
          {why === "" ? label : messages.locked(label, why)}
        </Action>
      </div>
    </form>
  );
}
