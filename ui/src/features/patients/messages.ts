import { catalogue } from "../../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  title: "Patients",
  onDevice: (count: string) => `${count} on this device`,
  filter: "Which patients",
  all: "All",
  today: "Today",
  notSynced: "Not synced",
  needsReview: "Needs review",
  sortedByName: "Sorted by family name",
  sortedByRank: "Best match first",
  name: "Name",
  born: "Born (age)",
  gender: "Gender",
  identifier: "MRN",
  lastSeen: "Last seen",
  sync: "Sync",
  similar: "Similar name",
  deceased: "Deceased",
  shown: (shown: string, total: string) => `${shown} of ${total} shown`,
  showAll: (total: string) => `Show all ${total}`,
  dataAsOf: (time: string) => `Data as of ${time}`,
  noData: "No data from a server yet",
  list: "Patients",
  loadingRow: "Loading",
  emptyTitle: "No patients on this device",
  emptyDetail: "Nothing has been received or imported yet. Sync brings the clinic's patients here.",
  noneTitle: "Nobody here matches",
  noneDetail: "Searched by name, birth date and MRN in the patients on this device.",
  noneFilterDetail: "No patient on this device is in this list.",
  found: (count: number) => (count === 1 ? "1 patient found" : `${String(count)} patients found`),
  todayPanel: "Today",
  noAppointments: "No appointments today",
  noAppointmentsDetail: "Nothing is booked in the data on this device.",
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
