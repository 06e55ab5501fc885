import { catalogue } from "../../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  draftNotKept: "The draft is in the form, but not kept over a lock.",
  barSpans: "a bar spans systolic to diastolic",
  range: "Time shown",
  month1: "1 month",
  month3: "3 months",
  month12: "12 months",
  all: "All",
  as: "Show as",
  chart: "Chart",
  table: "Table",
  noVitals: "No vitals recorded",
  noVitalsDetail: "Nothing has been measured in the data on this device. Press V to add the first.",
  older: (measures: string) => `No reading in the time shown: ${measures}`,
  taken: "Taken",
  flag: "Flag",
  by: "By",
  sync: "Sync",
  readings: "Readings",
  notKnown: "Not recorded",
  add: "Add vitals",
  draft: "Draft – not saved",
  date: "Date",
  time: "Time",
  timeHint: "24 h",
  measuredAgain: "I measured again and this is right",
  use: (value: string) => `Use ${value}`,
  leaveEmpty: "Leave empty what you did not measure.",
  save: "Save",
  saving: "Saving",
  lockedSave: (reason: string) => `Save · ${reason}`,
  discard: "Discard draft",
  discarded: "Draft discarded",
  close: "Close, keeps the draft",
  notSaved: "Not saved.",
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
