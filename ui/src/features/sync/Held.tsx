import { IconTrash, IconTrashOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { HeldVerdict, HeldView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { ErrorPanel } from "../../components/States";
import { Strip } from "../../components/Strip";
import styles from "./Held.module.css";
import { messages } from "./messages";

/** What would go, by kind and by name, and the two ways: delete here too, or keep and send again. */
function Decide({ held, onClose }: { held: HeldView; onClose: () => void }) {
  const id = useId();
  const [reason, setReason] = useState("");
  const [sure, setSure] = useState(false);
  const judge = useMutation({
    mutationFn: (verdict: HeldVerdict) => backend.judgeHeld(verdict, reason.trim()),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  const given = reason.trim() !== "";
  return (
    <Dialog wide title={messages.heldTitle} onClose={onClose} testId="held-dialog">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (given && !judge.isPending) judge.mutate("keep");
        }}
      >
        <p>{messages.heldDetail}</p>
        <p className={styles.kinds}>
          {held.kinds.map((kind) => (
            <span key={kind.label}>
              <bdi>{kind.label}</bdi> <strong>{kind.count}</strong>
            </span>
          ))}
        </p>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard */}
        <div className={styles.scroll} tabIndex={0} role="region" aria-label={messages.heldRecords}>
          <table className={styles.table}>
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
                      <span className={styles.ids}>
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
        </div>
        {held.total > held.rows.length && <p>{messages.more(String(held.total - held.rows.length))}</p>}
        <div className={styles.row}>
          <label htmlFor={id}>{messages.keepReason}</label>
          <input
            id={id}
            data-first
            className={styles.input}
            dir="auto"
            autoComplete="off"
            data-testid="held-reason"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        <label className={styles.sure}>
          <input
            type="checkbox"
            checked={sure}
            data-testid="held-sure"
            onChange={(event) => setSure(event.currentTarget.checked)}
          />
          {messages.heldSure(held.total)}
        </label>
        {judge.error && <ErrorPanel error={judge.error} />}
        <div className={styles.actions}>
          <Action
            icon={IconTrash}
            locked={!sure}
            busy={judge.isPending}
            onClick={() => judge.mutate("delete")}
            testId="held-delete"
          >
            {sure ? messages.deleteHere : `${messages.deleteHere} · ${messages.confirmFirst}`}
          </Action>
          <Action main submit icon={IconTrashOff} locked={!given} busy={judge.isPending} testId="held-keep">
            {given ? messages.keepThem : `${messages.keepThem} · ${messages.reasonFirst}`}
          </Action>
        </div>
      </form>
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
