import { createStore } from "../../app/store";
import type { VitalsInput } from "../../backend";

type Drafts = ReadonlyMap<string, VitalsInput>;

/** What was typed and not saved, by person and patient; kept in memory only. */
const drafts = createStore<Drafts>(new Map());

const name = (user: string, patientId: string): string => `${user}/${patientId}`;

export const draftOf = (user: string, patientId: string): VitalsInput | undefined =>
  drafts.get().get(name(user, patientId));

export function keepDraft(user: string, input: VitalsInput): void {
  drafts.set(new Map(drafts.get()).set(name(user, input.patientId), input));
}

export function dropDraft(user: string, patientId: string): void {
  const left = new Map(drafts.get());
  left.delete(name(user, patientId));
  drafts.set(left);
}

export const isTyped = (input: VitalsInput): boolean => input.values.some((value) => value.text.trim() !== "");
