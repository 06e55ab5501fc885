import { IconArrowBackUp, IconUserCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { alarm, announce } from "../../app/announce";
import { useWindowKeys } from "../../app/keys";
import { keys, queryClient } from "../../app/query";
import { go } from "../../app/route";
import { BackendError, backend } from "../../backend";
import type { ConflictView, ProposalView } from "../../backend";
import { Action } from "../../components/Actions";
import { Changes } from "../../components/Changes";
import { Icon } from "../../components/Icon";
import { ErrorPanel } from "../../components/States";
import { messages as words } from "../../components/messages";
import { messages } from "./messages";
import styles from "./Proposal.module.css";

/** A colleague's decision: what it changes, and a second person's word on it. */
export function Proposal({ view, proposal }: { view: ConflictView; proposal: ProposalView }) {
  const id = useId();
  const [confirmed, setConfirmed] = useState(false);
  const [reason, setReason] = useState("");
  const confirmRef = useRef<HTMLInputElement>(null);
  const reasonRef = useRef<HTMLInputElement>(null);
  const review = useMutation({
    mutationFn: (approve: boolean) => backend.reviewConflict({ conflictId: view.id, approve, reason: reason.trim() }),
    onSuccess: ({ text, next }) => {
      announce(text);
      queryClient.removeQueries({ queryKey: keys.conflict(view.id) });
      void queryClient.invalidateQueries({ queryKey: keys.inbox });
      void queryClient.invalidateQueries({ queryKey: keys.status });
      go(next ? { screen: "conflict", id: next } : { screen: "review" });
    },
    onError: (error) => {
      alarm(`${messages.notAccepted} ${error instanceof BackendError ? error.message : words.unexpected}`);
    },
  });
  const lacksConfirm = view.confirmText !== null && !confirmed;
  const label = view.queue.some((row) => row.id !== view.id) ? messages.approveAndNext : messages.approve;
  const why = !proposal.mayApprove ? proposal.whyNot : lacksConfirm ? messages.why.confirm : "";
  const approve = (): void => {
    if (review.isPending) return;
    if (why === "") review.mutate(true);
    else {
      announce(why);
      if (proposal.mayApprove) confirmRef.current?.focus();
    }
  };
  const sendBack = (): void => {
    if (reason.trim() === "") {
      announce(messages.sendBackMissing);
      reasonRef.current?.focus();
    } else review.mutate(false);
  };
  useWindowKeys({ "Ctrl+Enter": approve });
  return (
    <section className={styles.proposal} aria-labelledby={id} data-testid="proposal">
      <h3 id={id}>
        <Icon of={IconUserCheck} /> {messages.proposal}
      </h3>
      <p>
        <strong>
          <bdi>{proposal.text}</bdi>
        </strong>{" "}
        {proposal.reason && <q dir="auto">{proposal.reason}</q>}
      </p>
      <Changes lines={proposal.changes} before={messages.was2} after={messages.becomes} label={messages.proposal} />
      {proposal.outcome && (
        <p>
          <bdi>{proposal.outcome}</bdi>
        </p>
      )}
      {proposal.whyNot && (
        <p className={styles.quiet}>
          <bdi>{proposal.whyNot}</bdi>
        </p>
      )}
      <p className={styles.quiet}>{messages.proposalWaits}</p>
      {proposal.mayApprove && view.confirmText && (
        <label className={styles.confirm}>
          <input
            ref={confirmRef}
            type="checkbox"
            data-testid="proposal-confirm"
            checked={confirmed}
            onChange={(event) => setConfirmed(event.currentTarget.checked)}
          />
          <bdi>{view.confirmText}</bdi>
        </label>
      )}
      {review.error && <ErrorPanel error={review.error} />}
      {(proposal.mayApprove || proposal.mayReturn) && (
        <div className={styles.actions}>
          {proposal.mayReturn && (
            <>
              <input
                ref={reasonRef}
                className={styles.reason}
                aria-label={messages.sendBackReason}
                placeholder={messages.sendBackReason}
                dir="auto"
                data-testid="send-back-reason"
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
              <Action icon={IconArrowBackUp} onClick={sendBack} testId="send-back">
                {messages.sendBack}
              </Action>
            </>
          )}
          {proposal.mayApprove && (
            <Action main keys="Ctrl Enter" locked={why !== ""} busy={review.isPending} onClick={approve} testId="approve">
              {why === "" ? label : messages.approveLocked(label, why)}
            </Action>
          )}
        </div>
      )}
    </section>
  );
}
