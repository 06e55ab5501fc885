export const messages = {
  title: "Who is working?",
  lastHere: "Last here",
  never: "Not yet",
  passphrase: "Passphrase",
  show: "Show",
  hide: "Hide",
  hint: "Pasting and password managers work here.",
  unlock: "Unlock",
  unlocking: "Unlocking",
  people: "People",
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
  nobody: "Nobody can unlock here yet",
};
