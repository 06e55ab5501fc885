import { catalogue } from "../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  unexpected: "Something went wrong in this window.",
  safe: "What you saved on this device is safe.",
  tryAgain: "Try again",
  loading: "Loading",
  born: "Born",
  gender: "Gender",
  similarName: "Similar name",
  allergies: "Allergies:",
  patient: "Patient",
  field: "Field",
  highRisk: "High risk",
  comma: ", ",
  semicolon: "; ",
  added: "added",
  removed: "removed",
  notRecorded: "Not recorded",
  empty: "Empty",
  close: "Close",
  dismiss: "Dismiss",
  cancel: "Cancel",
  show: "Show",
  hide: "Hide",
  newPassphrase: "New passphrase",
  repeat: "The same again",
  notTheSame: "The two are not the same.",
  suggest: "Suggest one",
  strong: "Strong enough.",
  reason: "Reason",
  reasonFirst: "reason first",
  locked: (label: string, why: string) => `${label} · ${why}`,
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
