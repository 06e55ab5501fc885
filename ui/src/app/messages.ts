import { catalogue } from "../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  product: "Haven",
  mainNavigation: "Main",
  patients: "Patients",
  sync: "Sync",
  review: "Review",
  device: "Device",
  measures: "Numbers",
  view: "View",
  draftKept: "A draft is kept.",
  draftsKept: (count: number) => `${String(count)} drafts are kept.`,
  openDraft: "Open draft",
  discardDraft: "Discard",
  anyKey: "Any key or movement goes on. What you typed is kept.",
  stay: "Stay",
  pin: "PIN",
  setPin: "Set or replace PIN",
  pinTitle: "Your PIN",
  pinDetail:
    "6 to 12 digits that unlock this device for 12 hours after your passphrase, for five wrong tries. A new PIN takes the place of the former one.",
  newPin: "New PIN",
  savePin: "Set PIN",
  removePin: "Remove PIN",
  pinSet: "The PIN is set.",
  pinRemoved: "There is no PIN any more. The passphrase unlocks.",
  waitingCount: (count: number) => `${String(count)} waiting`,
  reviewCount: (count: number) => `${String(count)} to review`,
  search: "Find a patient by name, birth date or MRN",
  searchLabel: "Find a patient",
  clearSearch: "Clear search",
  lock: "Lock",
  notLocked: "Not locked. Close the window to be sure.",
  account: "Your settings",
  appearance: "Appearance",
  system: "As the system",
  light: "Light",
  dark: "Dark",
  language: "Language",
  languageNotKept: "The language was not kept for this device.",
  keyboard: "Keyboard",
  singleKeys: "Single keys (V, R, N, 1 …)",
  skip: "Skip to content",
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
