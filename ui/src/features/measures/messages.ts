import { catalogue } from "../../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  title: "Numbers of conflicts and sync",
  over: "Over how many days",
  byType: "By kind of record and of conflict",
  record: "Record",
  kind: "Kind",
  nothing: "Nothing was changed in two places in this time",
  noPatients: "Counted on this device alone. Nothing here is about a single patient.",
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
