import type {
  AppointmentView,
  LobbyView,
  PatientListQuery,
  PatientListView,
  PatientRowView,
  SessionView,
  SyncBadge,
} from "../bindings";

export const session: SessionView = {
  user: "orn",
  displayName: "Orn, Albertine",
  shortName: "A. Orn",
  role: "Clinician",
  clinic: "North Shore Home Care",
  deviceName: "Laptop 3",
  notices: [],
  keepsPin: true,
  mayMeasure: false,
};

export const lobby: LobbyView = {
  ready: true,
  clinic: "North Shore Home Care",
  deviceName: "Laptop 3",
  users: [
    { name: "orn", displayName: "Orn, Albertine", role: "Clinician", initials: "AO", lastHere: "Today 07:48" },
    { name: "moen", displayName: "Moen, Leanne", role: "Nurse", initials: "LM", lastHere: "20-Nov-2026" },
    { name: "bele", displayName: "ረታ, በለጠ", role: "Nurse", initials: "ረበ", lastHere: "19-Nov-2026" },
    { name: "weimann", displayName: "Weimann, Carol", role: "Front desk", initials: "CW", lastHere: "18-Nov-2026" },
    { name: "schultz", displayName: "Schultz, Terrance", role: "Admin", initials: "TS", lastHere: null },
  ],
  waiting: 12,
  lastSynced: "Last synced 09:12",
  dataAsOf: "23-Nov-2026 09:12",
  connection: {
    state: "offline",
    text: "Offline – keep working",
    detail: "Changes are kept on this device.",
  },
};

export const emptyLobby: LobbyView = {
  ...lobby,
  ready: false,
  clinic: "",
  deviceName: "",
  users: [],
  waiting: 0,
  dataAsOf: null,
  lastSynced: "Never synced",
  connection: { state: "notEnrolled", text: "No server set up", detail: "This device is not enrolled." },
};

const synced: SyncBadge = { state: "synced", text: "Synced 09:12" };

function person(
  id: string,
  name: string,
  born: string,
  age: string,
  gender: string,
  identifier: string,
  lastSeen: string,
  sync: SyncBadge = synced,
): PatientRowView {
  return {
    id,
    name,
    born,
    age,
    gender,
    identifierLabel: "MRN",
    identifier,
    lastSeen,
    sync,
    similarName: name.startsWith("TREVIÑO"),
    deceased: false,
  };
}

const known: PatientRowView[] = [
  person("alcantar", "ALCÁNTAR, Graciela", "29-Jul-1963", "63 y", "Female", "840 451 841", "23-Nov-2026"),
  person("botello", "BOTELLO, Gerardo", "07-Sep-2010", "16 y", "Male", "979 317 076", "12-Oct-2026"),
  person("anna", "Достоевская, Анна Григорьевна", "1999", "27 y", "Female", "NL-012", "04-Nov-2026", {
    state: "waiting",
    text: "Waiting to sync",
  }),
  person("harris", "HARRIS, Ali", "29-Oct-1963", "63 y", "Male", "311 007 665", "09-Nov-2026"),
  person("zahra", "حسینی، زهرا", "29-Feb-1984", "42 y", "Other", "NL-006", "23-Nov-2026", {
    state: "review",
    text: "Needs review – changed in two places",
  }),
  person("koepp", "KOEPP, Sofia", "09-Jan-1975", "51 y", "Female", "785 783 390", "02-Nov-2026"),
  person("portillo", "PORTILLO, Adán", "13-Feb-1937", "89 y", "Male", "220 238 220", "20-Nov-2026", {
    state: "refused",
    text: "Server refused: author is not known there. Fix",
  }),
  person("anil", "शर्मा, अनिल कुमार", "Jul-2001", "25 y", "Male", "NL-008", "17-Sep-2026"),
  person("eduardo", "TREVIÑO, Eduardo", "01-Feb-1971", "55 y", "Male", "693 329 282", "29-Sep-2026"),
  person("enrique", "TREVIÑO, Enrique", "25-Jul-1962", "64 y", "Male", "870 062 165", "23-Nov-2026", {
    state: "saved",
    text: "Saved offline",
  }),
  { ...person("ward", "WARD, Malik", "03-Mar-1939", "", "Male", "118 220 904", "02-Feb-2020"), deceased: true },
  person("weimann-c", "WEIMANN, Chrissy", "14-Apr-1964", "62 y", "Female", "924 096 406", "16-Nov-2026"),
  person("weimann-r", "WEIMANN, Rusty", "07-Jul-2009", "17 y", "Male", "355 656 302", "30-Oct-2026", {
    state: "merged",
    text: "Synced – merged automatically. View",
  }),
];

const families = ["ABBOTT", "BASHIR", "CARROLL", "DIETRICH", "ESPINOZA", "FARAH", "GUTKOWSKI", "HEANEY", "IBARRA"];
const givens = ["Amira", "Bruno", "Celeste", "Dana", "Elias", "Farida", "Goran", "Hana", "Ismael", "June", "Kofi"];

const crowd: PatientRowView[] = Array.from({ length: 4987 }, (_, i) =>
  person(
    `crowd-${i}`,
    `${families[i % families.length] ?? ""}${i >= 9 ? `-${String(i)}` : ""}, ${givens[i % givens.length] ?? ""}`,
    `${String((i % 28) + 1).padStart(2, "0")}-Mar-${String(1930 + (i % 80))}`,
    `${String(96 - (i % 80))} y`,
    i % 2 ? "Female" : "Male",
    `${String(100 + (i % 900))} ${String((i * 7) % 1000).padStart(3, "0")} ${String((i * 13) % 1000).padStart(3, "0")}`,
    "02-Nov-2026",
  ),
);

const everyone = [...known, ...crowd];

const fold = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/ي/g, "ی")
    .toLowerCase();

const filters: Record<PatientListQuery["filter"], (row: PatientRowView) => boolean> = {
  all: () => true,
  today: (row) => appointments.some((booked) => booked.patientId === row.id),
  notSynced: (row) => ["saved", "waiting", "syncing", "retrying", "refused"].includes(row.sync.state),
  needsReview: (row) => row.sync.state === "review",
};

export function listPatients(query: PatientListQuery, badge: SyncBadge): PatientListView {
  const all = everyone.map((row) => (row.id === "enrique" ? { ...row, sync: badge } : row));
  const words = fold(query.text).split(/[\s,]+/).filter(Boolean);
  const matching = all
    .filter(filters[query.filter])
    .filter((row) => words.every((word) => fold(`${row.name} ${row.born} ${row.identifier}`).includes(word)));
  const rows = matching.slice(query.offset, query.offset + query.limit);
  const twins = rows.filter((row) => row.similarName);
  return {
    rows,
    total: matching.length,
    onDevice: all.length,
    today: appointments.length,
    notSynced: all.filter(filters.notSynced).length,
    needsReview: all.filter(filters.needsReview).length,
    similar:
      twins.length > 1
        ? {
            title: "2 people here have similar names:",
            text: "Treviño, Eduardo and Treviño, Enrique. Check birth date and MRN before you open a chart.",
          }
        : null,
    dataAsOf: "23-Nov-2026 09:12",
  };
}

export const findPerson = (id: string): PatientRowView | undefined => everyone.find((row) => row.id === id);

const booked = (
  time: string,
  patientId: string,
  reason: string,
  state: AppointmentView["state"] = "booked",
  stateText = "",
): AppointmentView => {
  const row = known.find((each) => each.id === patientId);
  return {
    time,
    patientId,
    reason,
    state,
    stateText,
    name: row?.name ?? "",
    born: row?.born ?? "",
    identifier: row?.identifier ?? "",
  };
};

export const appointments: AppointmentView[] = [
  booked("08:30", "portillo", "Wound check", "done", "Done"),
  booked("10:15", "alcantar", "Follow-up", "done", "Done"),
  booked("13:45", "enrique", "Blood pressure review", "inProgress", "In progress"),
  booked("15:00", "zahra", "Home visit"),
  booked("16:10", "koepp", "Medication review"),
];
