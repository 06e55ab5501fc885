import { IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useWindowKeys } from "../../app/keys";
import type { CaseView, ConflictView } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { CaseDialog } from "./CaseDialog";
import styles from "./CaseStrip.module.css";
import { messages } from "./messages";

const whose = (caseView: CaseView): string => {
  if (caseView.mine) return messages.forMe;
  return caseView.assigneeText ? messages.forWhom(caseView.assigneeText) : messages.nobody;
};

/** Opens what can be done about a conflict before the clinic, or puts it there. */
export function CaseButton({ view }: { view: ConflictView }) {
  const [isOpen, setOpen] = useState(false);
  const { case: caseView, banner } = view;
  const canOpen = caseView.escalated || caseView.mayEscalate;
  useWindowKeys({ C: canOpen && !isOpen ? () => setOpen(true) : undefined });
  if (!canOpen) return null;
  return (
    <>
      <Action icon={IconUsers} keys="C" onClick={() => setOpen(true)} testId="case-open">
        {caseView.escalated ? messages.toClinic : messages.openClinic}
      </Action>
      {isOpen && (
        <CaseDialog id={view.id} caseView={caseView} title={view.title} banner={banner} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

/** Where a conflict stands before the clinic, and what was said last. */
export function CaseStrip({ view }: { view: ConflictView }) {
  const caseView = view.case;
  if (!caseView.escalated) return null;
  const latest = caseView.comments.at(-1);
  return (
    <div className={styles.strip} data-testid="case-strip">
      <Icon of={IconUsers} />
      <p>
        {caseView.origin && (
          <>
            <strong>
              <bdi>{messages.fromDevice(caseView.origin)}</bdi>
            </strong>
            {" · "}
          </>
        )}
        <strong>
          <bdi>{whose(caseView)}</bdi>
        </strong>
        {" · "}
        <bdi>{caseView.stage}</bdi>
        {latest && (
          <span className={styles.latest}>
            <bdi>{latest.who}</bdi>: <q dir="auto">{latest.text}</q>
            {caseView.comments.length > 1 && ` (${messages.comments(caseView.comments.length)})`}
          </span>
        )}
      </p>
    </div>
  );
}
