import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { OutboxRowView } from "../../backend";
import { Action, TextAction } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { messages as words } from "../../components/messages";
import { Parts } from "../../components/Parts";
import { ReasonForm } from "../../components/ReasonForm";
import { SyncBadge } from "../../components/SyncBadge";
import { messages } from "./messages";

function DiscardDialog({ row, onClose }: { row: OutboxRowView; onClose: () => void }) {
  const discard = useMutation({
    mutationFn: (reason: string) => backend.discardChange(row.key, reason),
    onSuccess: () => {
      announce(messages.discarded);
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog
      title={messages.discardTitle}
      patient={row.patientId ? <Parts text={`${row.name} · ${row.born} · ${row.identifier}`} /> : undefined}
      onClose={onClose}
      testId="discard-dialog"
    >
      <ReasonForm
        label={messages.discard}
        icon={IconTrash}
        testId="discard-now"
        reasonTestId="discard-reason"
        others={() => <Action onClick={onClose}>{words.cancel}</Action>}
        busy={discard.isPending}
        error={discard.error}
        onSubmit={discard.mutate}
      >
        <p>
          <strong>
            <bdi>{row.change}</bdi>
          </strong>
        </p>
        <SyncBadge badge={row.sync} />
        <p>{messages.discardDetail}</p>
      </ReasonForm>
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
