import { alarm } from "../../app/announce";
import { go } from "../../app/route";
import { createStore } from "../../app/store";
import { BackendError, backend } from "../../backend";
import type { DraftView, VitalsInput } from "../../backend";
import { messages } from "./messages";

type Drafts = ReadonlyMap<string, VitalsInput>;

/** What was typed and not saved, by person and patient. Rust keeps it sealed over a lock. */
const drafts = createStore<Drafts>(new Map());

const name = (user: string, patientId: string): string => `${user}/${patientId}`;

/** The patient whose form is to open with its draft; empty for none. */
export const wantedForm = createStore("");

const keptAfterMs = 1000;
const waiting = new Map<string, { input: VitalsInput; timer: ReturnType<typeof setTimeout> }>();

function keepNow(input: VitalsInput): Promise<void> {
  waiting.delete(input.patientId);
  return backend.keepDraft(input).then(
    () => undefined,
    (error: unknown) => {
      // Locked meanwhile: the lock itself is what the window shows.
      if (error instanceof BackendError && error.code !== "locked") alarm(`${messages.draftNotKept} ${error.message}`);
    },
  );
}

function cancelKeeping(patientId: string): void {
  clearTimeout(waiting.get(patientId)?.timer);
  waiting.delete(patientId);
}

export const draftOf = (user: string, patientId: string): VitalsInput | undefined =>
  drafts.get().get(name(user, patientId));

export function keepDraft(user: string, input: VitalsInput): void {
  drafts.set(new Map(drafts.get()).set(name(user, input.patientId), input));
  cancelKeeping(input.patientId);
  waiting.set(input.patientId, { input, timer: setTimeout(() => void keepNow(input), keptAfterMs) });
}

/** Forgets it here; Rust forgets its own with the save. */
export function forgetDraft(user: string, patientId: string): void {
  cancelKeeping(patientId);
  const left = new Map(drafts.get());
  left.delete(name(user, patientId));
  drafts.set(left);
}

export function dropDraft(user: string, patientId: string): void {
  forgetDraft(user, patientId);
  void backend.dropDraft(patientId).catch(() => undefined);
}

/** Keeps at once what still waits to be kept, as before a lock. */
export async function flushDrafts(): Promise<void> {
  await Promise.all(
    [...waiting.values()].map(({ input, timer }) => {
      clearTimeout(timer);
      return keepNow(input);
    }),
  );
}

/** Takes in what Rust kept over the lock; what was typed since stays. */
export function takeIn(user: string, kept: DraftView[]): DraftView[] {
  const known = new Map(drafts.get());
  for (const { input } of kept) {
    const at = name(user, input.patientId);
    if (!known.has(at)) known.set(at, input);
  }
  drafts.set(known);
  return kept;
}

/** Nothing that was typed stays in the window after a lock. */
export function forgetAllDrafts(): void {
  for (const patientId of [...waiting.keys()]) cancelKeeping(patientId);
  drafts.set(new Map());
  wantedForm.set("");
}

export function openDraft(patientId: string): void {
  wantedForm.set(patientId);
  go({ screen: "chart", id: patientId, tab: "vitals" });
}

export const isTyped = (input: VitalsInput): boolean => input.values.some((value) => value.text.trim() !== "");
