import { IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useWindowKeys } from "../../app/keys";
import type { ConflictView } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { CaseDialog } from "./CaseDialog";
import styles from "./CaseStrip.module.css";
import { messages } from "./messages";

/** Where a conflict stands before the clinic, and the way into what can be done there. */
export function CaseStrip({ view }: { view: ConflictView }) {
  const [isOpen, setOpen] = useState(false);
  const { case: caseView, banner } = view;
  const canOpen = caseView.escalated || caseView.mayEscalate;
  useWindowKeys({ C: canOpen && !isOpen ? () => setOpen(true) : undefined });
  if (!canOpen) return null;
  const latest = caseView.comments.at(-1);
  const button = (
    <Action small icon={IconUsers} keys="C" onClick={() => setOpen(true)} testId="case-open">
      {caseView.escalated ? messages.openClinic : messages.askClinic}
    </Action>
  );
  return (
    <>
      {caseView.escalated ? (
        <div className={styles.strip} data-testid="case-strip">
          <Icon of={IconUsers} />
          <p>
            {caseView.origin && (
              <strong>
                <bdi>{messages.fromDevice(caseView.origin)}</bdi>{" "}
              </strong>
            )}
            <bdi>{caseView.standing}</bdi>{" "}
            <strong>
              <bdi>{caseView.assigneeText ? messages.forWhom(caseView.assigneeText) : messages.nobody}</bdi>
            </strong>
            {latest && (
              <span className={styles.latest}>
                <bdi>{latest.who}</bdi>: <q dir="auto">{latest.text}</q>
                {caseView.comments.length > 1 && ` (${messages.comments(caseView.comments.length)})`}
              </span>
            )}
          </p>
          {button}
        </div>
      ) : (
        <div className={styles.offer}>{button}</div>
      )}
      {isOpen && (
        <CaseDialog id={view.id} caseView={caseView} title={view.title} banner={banner} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
