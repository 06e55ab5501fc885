import { backend } from "../backend";
import { flushDrafts } from "../features/vitals/drafts";
import { alarm } from "./announce";
import { messages } from "./messages";
import { forgetSession } from "./query";

/** Locks the store; what is typed but not saved is kept in it, sealed for this person. */
export function lock(): void {
  flushDrafts()
    .then(() => backend.lock())
    .then(forgetSession, () => alarm(messages.notLocked));
}
