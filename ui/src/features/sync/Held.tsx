import { IconTrash, IconTrashOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { HeldVerdict, HeldView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { messages as words } from "../../components/messages";
import { ReasonForm } from "../../components/ReasonForm";
import { Scroll } from "../../components/Scroll";
import { Strip } from "../../components/Strip";
import table from "../../components/table.module.css";
import styles from "./Held.module.css";
import { messages } from "./messages";

/** What would go, by kind and by name, and the two ways: delete here too, or keep and send again. */
function Decide({ held, onClose }: { held: HeldView; onClose: () => void }) {
  const [sure, setSure] = useState(false);
  const judge = useMutation({
    mutationFn: ({ verdict, reason }: { verdict: HeldVerdict; reason: string }) => backend.judgeHeld(verdict, reason),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog wide title={messages.heldTitle} onClose={onClose} testId="held-dialog">
      <ReasonForm
        label={messages.keepThem}
        icon={IconTrashOff}
        testId="held-keep"
        ask={messages.keepReason}
        reasonTestId="held-reason"
        below={
          <label className={styles.sure}>
            <input
              type="checkbox"
              checked={sure}
              data-testid="held-sure"
              onChange={(event) => setSure(event.currentTarget.checked)}
            />
            {messages.heldSure(held.total)}
          </label>
        }
        others={(reason) => (
          <Action
            icon={IconTrash}
            locked={!sure}
            busy={judge.isPending}
            onClick={() => judge.mutate({ verdict: "delete", reason })}
            testId="held-delete"
          >
            {sure ? messages.deleteHere : words.locked(messages.deleteHere, messages.confirmFirst)}
          </Action>
        )}
        busy={judge.isPending}
        error={judge.error}
        onSubmit={(reason) => judge.mutate({ verdict: "keep", reason })}
      >
        <p>{messages.heldDetail}</p>
        <p className={styles.kinds}>
          {held.kinds.map((kind) => (
            <span key={kind.label}>
              <bdi>{kind.label}</bdi> <strong>{kind.count}</strong>
            </span>
          ))}
        </p>
        <Scroll label={messages.heldRecords} className={styles.scroll}>
          <table className={table.lines}>
            <thead>
              <tr>
                <th scope="col">{messages.patient}</th>
                <th scope="col">{messages.record}</th>
              </tr>
            </thead>
            <tbody>
              {held.rows.map((row) => (
                <tr key={row.key} data-testid={`held-${row.key}`}>
                  <th scope="row">
                    <bdi>{row.name}</bdi>
                    {row.identifier && (
                      <span className={table.ids}>
                        <bdi>{row.born}</bdi> · <bdi>{row.identifier}</bdi>
                      </span>
                    )}
                  </th>
                  <td>
                    <bdi>{row.title}</bdi>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        {held.total > held.rows.length && <p>{messages.more(String(held.total - held.rows.length))}</p>}
      </ReasonForm>
    </Dialog>
  );
}

/** Says that the server deleted much at once, and leads to the decision. */
export function HeldStrip({ held }: { held: HeldView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Strip
        tone="warning"
        icon={IconTrashOff}
        title={held.text}
        detail={messages.heldWaits}
        testId="held-strip"
        action={
          <Action small onClick={() => setOpen(true)} testId="held-open">
            {messages.decide}
          </Action>
        }
      />
      {isOpen && <Decide held={held} onClose={() => setOpen(false)} />}
    </>
  );
}
