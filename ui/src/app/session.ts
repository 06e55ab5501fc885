import { backend } from "../backend";
import { alarm } from "./announce";
import { messages } from "./messages";
import { forgetSession } from "./query";

/** Locks the store; what is typed but not saved stays in memory for this person. */
export function lock(): void {
  backend.lock().then(forgetSession, () => alarm(messages.notLocked));
}
