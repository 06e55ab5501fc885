import { IconAlertTriangle, IconArrowBackUp, IconCheck, IconCircleX } from "@tabler/icons-react";
import type { ConflictView } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { KeyHint } from "../../components/KeyHint";
import { Select } from "../../components/Select";
import { ErrorPanel } from "../../components/States";
import styles from "./AcceptBar.module.css";
import { messages } from "./messages";
import { ownWords } from "./useAccepting";
import type { Accepting } from "./useAccepting";

interface ReasonProps {
  view: ConflictView;
  accepting: Accepting;
  /** Where the focus goes when the person's own words are given up. */
  leave: () => void;
}

function Reason({ view, accepting, leave }: ReasonProps) {
  const { choice } = accepting;
  const label = view.reasonRequired ? messages.reasonNeeded : messages.reasonOptional;
  const take = (element: HTMLElement | null): void => {
    accepting.reasonRef.current = element;
  };
  if (choice === ownWords) {
    return (
      <input
        ref={(element) => {
          take(element);
          if (element && accepting.typed === "") element.focus();
        }}
        type="text"
        className={styles.reason}
        aria-label={messages.reasonText}
        placeholder={messages.reasonText}
        dir="auto"
        data-testid="accept-reason-text"
        value={accepting.typed}
        onChange={(event) => accepting.setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          accepting.setChoice("");
          accepting.setTyped("");
          leave();
        }}
      />
    );
  }
  return (
    <span className={styles.choice} data-wanted={accepting.lacks === "reason" || undefined}>
      <Select
        ref={take}
        aria-label={label}
        aria-keyshortcuts="R"
        data-testid="accept-reason"
        value={choice}
        onChange={(event) => accepting.setChoice(event.currentTarget.value)}
      >
        <option value="">{label}</option>
        {view.reasons.map((reason) => (
          <option key={reason} value={reason}>
            {reason}
          </option>
        ))}
        <option value={ownWords}>{messages.otherReason}</option>
      </Select>
      {accepting.lacks !== "left" && <KeyHint keys="R" />}
    </span>
  );
}

interface AcceptBarProps {
  view: ConflictView;
  accepting: Accepting;
  undo: () => void;
  leaveReason: () => void;
}

/** What to check, why it was decided so, and the one button that makes it count. */
export function AcceptBar({ view, accepting, undo, leaveReason }: AcceptBarProps) {
  const more = view.queue.some((row) => row.id !== view.id);
  const isProposing = view.case.second !== "";
  const alone = isProposing ? messages.propose : messages.accept;
  const label = more ? (isProposing ? messages.proposeAndNext : messages.acceptAndNext) : alone;
  const locked = accepting.lacks !== null;
  return (
    <footer className={styles.bar}>
      {accepting.error && <ErrorPanel error={accepting.error} />}
      {view.confirmText && view.left === 0 && (
        <label className={styles.confirm}>
          <input
            ref={accepting.confirmRef}
            type="checkbox"
            data-testid="accept-confirm"
            checked={accepting.confirmed}
            onChange={(event) => accepting.setConfirmed(event.currentTarget.checked)}
          />
          <span className={styles.tick} aria-hidden>
            <Icon of={IconCheck} size={14} />
          </span>
          <bdi>{view.confirmText}</bdi>
        </label>
      )}
      {isProposing && <p className={styles.second}>{view.case.second}</p>}
      <div className={styles.line}>
        <ul className={styles.issues}>
          {view.issues.map((issue) => (
            <li key={issue.text} data-blocks={issue.blocks || undefined}>
              <Icon of={issue.blocks ? IconCircleX : IconAlertTriangle} />
              <span><bdi>{issue.text}</bdi></span>
            </li>
          ))}
        </ul>
        <Reason view={view} accepting={accepting} leave={leaveReason} />
        {view.canUndo && (
          <Action icon={IconArrowBackUp} onClick={undo} testId="undo">
            {messages.undo}
          </Action>
        )}
        <Action main locked={locked} busy={accepting.pending} onClick={accepting.tryAccept} testId="accept">
          {locked ? messages.acceptLocked(label, accepting.whyNot) : accepting.pending ? messages.accepting : label}
        </Action>
      </div>
    </footer>
  );
}
