import { useRef, useState } from "react";
import { announce } from "../../app/announce";
import { singleKeys } from "../../app/keys";
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

/** Stands for a reason in the person's own words. */
export const ownWords = "\u0000own";

/** The reason after `choice`, round and round; the person's own words come last. */
export function reasonAfter(reasons: readonly string[], choice: string): string {
  const all = [...reasons, ownWords];
  return all[(all.indexOf(choice) + 1) % all.length] ?? ownWords;
}

/** The reason, the confirmation, and accepting; asked too early, it leads to what is missing. */
export function useAccepting(view: ConflictView, { accept }: Decision, focusField: (path: string) => void) {
  const [choice, setChoice] = useState("");
  const [typed, setTyped] = useState("");
  const [confirmed, setConfirmed] = useState(false);
  const reasonRef = useRef<HTMLElement>(null);
  const confirmRef = useRef<HTMLInputElement>(null);
  const reason = choice === ownWords ? typed : choice;
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

  /** What comes after the last choice, in words: the focus stays where it is. */
  const askedNext = (decided: ConflictView): string => {
    switch (missing(decided, reason, confirmed)) {
      case null:
        return messages.then.accept;
      case "left":
        return "";
      case "issue":
        return messages.why.issue;
      case "reason":
        return singleKeys.get() ? messages.then.reason : messages.why.reason;
      case "confirm":
        return messages.then.confirm;
    }
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
    choice,
    setChoice,
    typed,
    setTyped,
    confirmed,
    setConfirmed,
    reasonRef,
    confirmRef,
    lacks,
    whyNot: whyNot(),
    askedNext,
    tryAccept,
    /** Gives the next of the reasons without leaving the row. */
    nextReason: (): void => {
      const next = reasonAfter(view.reasons, choice);
      setChoice(next);
      if (next !== ownWords) announce(messages.reasonIs(next));
    },
    pending: accept.isPending,
    error: accept.error,
  };
}

export type Accepting = ReturnType<typeof useAccepting>;
