// Made-up numbers, and what was merged.
import type { MeasuresView, MeasureView, MergesView } from "../bindings";

const measure = (key: string, label: string, amount: string, unit: string, definition: string): MeasureView => ({
  key,
  label,
  amount,
  unit,
  definition,
});

export const measures = (days: number): MeasuresView => ({
  asOf: "As of today 14:05",
  window: `The last ${String(days)} days, today included, on this device`,
  days,
  windows: [7, 30, 90].map((each) => ({ days: each, label: `${String(each)} days` })),
  tiles: [
    measure("rate", "Conflict rate", "2.3", "a week", "Conflicts that came to a person on this device."),
    measure("shareMerged", "Merged by the machine", "97.2", "%", "Of edits made in two places at once, those put together without a person."),
    measure("opened", "Came to a person", "10", "", "Conflicts that were found in this time."),
    measure("decided", "Decided", "9", "", "Conflicts that a person decided on this device."),
    measure("open", "Open now", "4", "", "Conflicts that wait, those of other devices before the clinic included."),
    measure("escalated", "Before the clinic", "1", "", "Of the open ones, those that colleagues elsewhere may decide."),
    measure("loops", "Loops", "0", "", "Conflicts whose other side moved on three times or more, or that were merged again and again."),
    measure("successRate", "Syncs that ended well", "Not known", "", "Of runs that reached the server and had something to exchange."),
    measure("outboxDepth", "Waiting to be sent", "12", "the oldest for 4 h", "Changes that only this device has."),
    measure("storeBytes", "Space taken", "61", "MB", "What the records of this device take on its disk, encrypted."),
  ],
  rows: [
    { record: "Allergy", what: "Deleted on server, edited here", opened: "2", merged: "0", decided: "2", median: "35 min", p95: "4 h" },
    { record: "Medicine", what: "Changed in two places", opened: "6", merged: "0", decided: "6", median: "12 min", p95: "2 days" },
    { record: "Patient", what: "Merged automatically", opened: "0", merged: "341", decided: "0", median: "–", p95: "–" },
    { record: "Patient", what: "Changed in two places", opened: "2", merged: "0", decided: "1", median: "40 s", p95: "40 s" },
  ],
  columns: [
    measure("opened", "To a person", "", "", "Conflicts that were found in this time."),
    measure("merged", "Merged", "", "", "Edits of both sides put together without a person."),
    measure("decided", "Decided", "", "", "Conflicts that a person decided on this device."),
    measure("median", "Time to decide", "", "", "From the finding of a conflict to its end: the middle one."),
    measure("p95", "Slowest 5 %", "", "", "From the finding of a conflict to its end: 95 of 100 took no longer."),
  ],
});

export const merges: MergesView = {
  text: "2 records merged automatically today",
  rows: [
    { key: "MedicationRequest/m1", title: "lisinopril", name: "TREVIÑO, Enrique", born: "25-Jul-1962", identifier: "870 062 165", when: "today 14:05" },
    { key: "Patient/zahra", title: "Patient details", name: "HOSSEINI, Zahra", born: "29-Feb-1984", identifier: "554 019 330", when: "today 11:20" },
  ],
};
