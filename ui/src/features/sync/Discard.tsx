import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { OutboxRowView } from "../../backend";
import { Action, TextAction } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { messages as words } from "../../components/messages";
import { Parts } from "../../components/Parts";
import { ErrorPanel } from "../../components/States";
import { SyncBadge } from "../../components/SyncBadge";
import styles from "./Held.module.css";
import { messages } from "./messages";

function DiscardDialog({ row, onClose }: { row: OutboxRowView; onClose: () => void }) {
  const id = useId();
  const [reason, setReason] = useState("");
  const discard = useMutation({
    mutationFn: () => backend.discardChange(row.key, reason.trim()),
    onSuccess: () => {
      announce(messages.discarded);
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  const given = reason.trim() !== "";
  return (
    <Dialog
      title={messages.discardTitle}
      patient={row.patientId ? <Parts text={`${row.name} · ${row.born} · ${row.identifier}`} /> : undefined}
      onClose={onClose}
      testId="discard-dialog"
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (given && !discard.isPending) discard.mutate();
        }}
      >
        <p>
          <strong>
            <bdi>{row.change}</bdi>
          </strong>
        </p>
        <SyncBadge badge={row.sync} />
        <p>{messages.discardDetail}</p>
        <div className={styles.row}>
          <label htmlFor={id}>{messages.reason}</label>
          <input
            id={id}
            data-first
            className={styles.input}
            dir="auto"
            autoComplete="off"
            data-testid="discard-reason"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        {discard.error && <ErrorPanel error={discard.error} />}
        <div className={styles.actions}>
          <Action onClick={onClose}>{words.cancel}</Action>
          <Action main submit icon={IconTrash} locked={!given} busy={discard.isPending} testId="discard-now">
            {given ? messages.discard : `${messages.discard} · ${messages.reasonFirst}`}
          </Action>
        </div>
      </form>
    </Dialog>
  );
}

/** Gives up a change that the server refused, with a reason. */
export function Discard({ row }: { row: OutboxRowView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <TextAction onClick={() => setOpen(true)} label={`${messages.discardMore} ${row.change}`} testId={`discard-${row.key}`}>
        {messages.discardMore}
      </TextAction>
      {isOpen && <DiscardDialog row={row} onClose={() => setOpen(false)} />}
    </>
  );
}
