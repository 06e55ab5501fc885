import { useRef, useState } from "react";
import { announce } from "../../app/announce";
import type { ConflictView } from "../../backend";
import { messages } from "./messages";
import { nextUndecided } from "./steps";
import type { Decision } from "./useDecision";

/** What still stands between the choices and accepting them, in the order a person meets it. */
export type Missing = "left" | "issue" | "reason" | "confirm";

export function missing(view: ConflictView, reason: string, confirmed: boolean): Missing | null {
  if (view.left > 0) return "left";
  if (view.issues.some((issue) => issue.blocks)) return "issue";
  if (view.reasonRequired && reason.trim() === "") return "reason";
  if (view.confirmText && !confirmed) return "confirm";
  return null;
}

/** The reason, the confirmation, and accepting; asked too early, it leads to what is missing. */
export function useAccepting(view: ConflictView, { accept }: Decision, focusField: (path: string) => void) {
  const [reason, setReason] = useState("");
  const [confirmed, setConfirmed] = useState(false);
  const reasonRef = useRef<HTMLElement>(null);
  const confirmRef = useRef<HTMLInputElement>(null);
  const lacks = missing(view, reason, confirmed);

  const whyNot = (): string => {
    switch (lacks) {
      case null:
        return "";
      case "left":
        return view.leftText;
      case "issue":
        return messages.why.issue;
      case "reason":
        return messages.why.reason;
      case "confirm":
        return messages.why.confirm;
    }
  };

  /** Takes the focus to the reason, where one is missing and everything is decided. */
  const askNext = (decided: ConflictView): void => {
    if (missing(decided, reason, confirmed) === "reason") reasonRef.current?.focus();
  };

  const tryAccept = (): void => {
    if (accept.isPending) return;
    if (lacks === null) {
      accept.mutate({ reason: reason.trim(), confirmed });
      return;
    }
    announce(whyNot());
    if (lacks === "left") focusField(nextUndecided(view.fields, view.fields.at(-1)?.path ?? "", 1));
    if (lacks === "reason") reasonRef.current?.focus();
    if (lacks === "confirm") confirmRef.current?.focus();
  };

  return {
    reason,
    setReason,
    confirmed,
    setConfirmed,
    reasonRef,
    confirmRef,
    lacks,
    whyNot: whyNot(),
    askNext,
    tryAccept,
    pending: accept.isPending,
    error: accept.error,
  };
}

export type Accepting = ReturnType<typeof useAccepting>;
