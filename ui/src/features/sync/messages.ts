import { catalogue } from "../../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  title: "Sync",
  syncNow: "Sync now",
  links: "Between this device and the server",
  waiting: "Waiting on this device",
  changes: (count: string) => (count === "1" ? "1 change" : `${count} changes · what needs you comes first`),
  which: "Which changes",
  all: (count: string) => `All · ${count}`,
  needsYou: (count: string) => `Needs you · ${count}`,
  needsYouOf: (count: number) => (count === 1 ? "1 needs you" : `${String(count)} need you`),
  patient: "Patient",
  noPatient: "No patient",
  change: "Change",
  operation: "Kind",
  edited: "Edited",
  state: "State",
  action: "Action",
  review: "Review",
  retryNow: "Retry now",
  more: (count: string) => `${count} more.`,
  nothingLeaves: "Nothing leaves this list until the server has answered.",
  nothingWaits: "Nothing waits on this device",
  nothingWaitsDetail: "Every change made here has been answered by the server.",
  nothingNeedsYou: "Nothing needs you",
  nothingNeedsYouDetail: "The other changes go to the server by themselves.",
  lastSuccess: "Last success",
  sent: "Sent to server",
  received: "Received from server",
  merged: "Merged automatically",
  onDevice: "On this device",
  patients: "Patients",
  resources: "Records",
  space: "Space used",
  ifInTheWay: "If something is in the way",
  help: [
    { key: "offline", title: "No network", detail: "Keep working; changes stay here." },
    { key: "serverDown", title: "Server doesn’t answer", detail: "We try again by ourselves." },
    { key: "signedOut", title: "Signed out", detail: "Sign in to sync. Your work is safe on this device." },
  ] as { key: "offline" | "serverDown" | "signedOut"; title: string; detail: string }[],
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
