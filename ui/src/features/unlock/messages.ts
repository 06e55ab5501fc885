import { catalogue } from "../../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  title: "Who is working?",
  lastHere: "Last here",
  never: "Not yet",
  passphrase: "Passphrase",
  hint: "Pasting and password managers work here.",
  unlock: "Unlock",
  unlocking: "Unlocking",
  people: "People",
  pin: "PIN",
  pinHint: "Works for 12 hours after the passphrase, for five wrong tries.",
  usePin: "Use your PIN",
  usePinDetail: "The digits that you set this morning.",
  usePassphrase: "Use your passphrase",
  usePassphraseDetail: "It always works.",
  cannot: "I can’t unlock",
  cannotDetail: "Use the recovery key, or ask an administrator of this device.",
  recoveryWords: "The 24 words of the recovery key",
  recoveryHint: "From the paper that is locked away. Spaces and capitals do not matter.",
  wordsTyped: (count: number) => `${String(count)} of 24.`,
  recover: "Set the passphrase and unlock",
  recovering: "Unlocking",
  shared: (device: string, people: number) =>
    people === 1 ? `${device}, used by 1 person` : `${device}, shared by ${String(people)} people`,
  waiting: (count: number) => {
    if (count === 0) return "Nothing waits to sync";
    return count === 1 ? "1 change waits to sync" : `${String(count)} changes wait to sync`;
  },
  safe: (lastSynced: string) => `Safe here, encrypted. ${lastSynced}.`,
  dataAsOf: (time: string) => `Data as of ${time}`,
  newer: "Newer changes on the server are not here yet.",
  noData: "No data from a server yet",
  noDataDetail: "This device has not received anything.",
  notReady: "This device is not set up yet",
  notReadyDetail: "There is no store on it, so there is nobody to choose. Close this window and run one of:",
  enrol: "haven enrol",
  enrolDetail: "joins a clinic's server",
  init: "haven init",
  initDetail: "makes a store that stays on this device",
  language: "Language",
  nobody: "Nobody can unlock here yet",
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
