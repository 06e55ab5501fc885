import { IconAlertTriangle, IconArrowBackUp, IconCheck, IconCircleX } from "@tabler/icons-react";
import { useState } from "react";
import type { ConflictView } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { Select } from "../../components/Select";
import { ErrorPanel } from "../../components/States";
import styles from "./AcceptBar.module.css";
import { messages } from "./messages";
import type { Accepting } from "./useAccepting";

const other = "\u0000other";

function Reason({ view, accepting }: { view: ConflictView; accepting: Accepting }) {
  const [choice, setChoice] = useState("");
  const label = view.reasonRequired ? messages.reasonNeeded : messages.reasonOptional;
  const take = (element: HTMLElement | null): void => {
    accepting.reasonRef.current = element;
  };
  if (choice === other) {
    return (
      <input
        ref={(element) => {
          take(element);
          if (element && accepting.reason === "") element.focus();
        }}
        type="text"
        className={styles.reason}
        aria-label={messages.reasonText}
        placeholder={messages.reasonText}
        dir="auto"
        data-testid="accept-reason-text"
        value={accepting.reason}
        onChange={(event) => accepting.setReason(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          setChoice("");
          accepting.setReason("");
        }}
      />
    );
  }
  return (
    <span className={styles.choice}>
    <Select
      ref={take}
      aria-label={label}
      data-testid="accept-reason"
      value={choice}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        setChoice(chosen);
        accepting.setReason(chosen === other ? "" : chosen);
      }}
    >
      <option value="">{label}</option>
      {view.reasons.map((reason) => (
        <option key={reason} value={reason}>
          {reason}
        </option>
      ))}
      <option value={other}>{messages.otherReason}</option>
    </Select>
    </span>
  );
}

interface AcceptBarProps {
  view: ConflictView;
  accepting: Accepting;
  undo: () => void;
}

/** What to check, why it was decided so, and the one button that makes it count. */
export function AcceptBar({ view, accepting, undo }: AcceptBarProps) {
  const more = view.queue.some((row) => row.id !== view.id);
  const label = more ? messages.acceptAndNext : messages.accept;
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
      <div className={styles.line}>
        <ul className={styles.issues}>
          {view.issues.map((issue) => (
            <li key={issue.text} data-blocks={issue.blocks || undefined}>
              <Icon of={issue.blocks ? IconCircleX : IconAlertTriangle} />
              <span><bdi>{issue.text}</bdi></span>
            </li>
          ))}
        </ul>
        <Reason view={view} accepting={accepting} />
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
