// Made-up answers for what was given up before the server took it.
import type { DiscardedContent, DiscardedRow } from "../bindings";
import { findPerson } from "./people";

function row(seq: number, id: string, more: Partial<DiscardedRow>): DiscardedRow {
  const who = findPerson(id);
  return {
    seq,
    when: "today 11:20",
    who: "A. Orn, clinician",
    operation: "Added",
    kind: "Note",
    name: who?.name ?? "",
    born: who?.born ?? "",
    identifier: who?.identifier ?? "",
    reason: "",
    readable: true,
    ...more,
  };
}

export const discarded = (): DiscardedRow[] => [
  row(4_201, "portillo", { kind: "Vitals", reason: "Typed into the wrong chart; recorded again for Anna Koepp." }),
  row(4_105, "enrique", {
    when: "22-Nov-2026 16:02",
    kind: "Medication",
    operation: "Changed",
    reason: "The dose was never changed; the pharmacy has it right.",
  }),
  row(3_990, "", { when: "20-Nov-2026 09:41", who: "L. Moen, nurse", kind: "Problem", operation: "Deleted", readable: false }),
];

export function lookAtDiscarded(seq: number): DiscardedContent {
  const all = discarded();
  const found = all.find((each) => each.seq === seq) ?? all[0];
  if (!found) throw new Error("there is always one");
  return {
    row: found,
    title: "Blood pressure 182/110 mmHg",
    edited: "Edited today 10:42, A. Orn, clinician",
    refusal: "Server refused: author is not known there.",
    lines: [
      { label: "Status", value: "Final" },
      { label: "Category", value: "Vital signs" },
      { label: "Taken", value: "23-Nov-2026 10:40" },
      { label: "Systolic", value: "182 mmHg" },
      { label: "Diastolic", value: "110 mmHg" },
      { label: "Note", value: "Left arm, seated, after five minutes of rest." },
    ],
  };
}
