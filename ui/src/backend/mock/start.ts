// Plays the backend for tests and for work on the screens, over made-up people.
import { emit } from "@tauri-apps/api/event";
import { mockIPC, mockWindows } from "@tauri-apps/api/mocks";
import type {
  AcceptInput,
  AppEvent,
  ChoiceInput,
  PatientListQuery,
  SessionView,
  StatusView,
  SyncBadge,
  VitalsInput,
  VitalsReading,
} from "../bindings";
import { chart, banner } from "./chart";
import { accept, choose, inbox, undo, view } from "./conflicts";
import { appointments, emptyLobby, listPatients, lobby, session } from "./people";
import { syncCentre } from "./sync";
import { check, form } from "./vitals";

interface State {
  signedIn: SessionView | null;
  online: boolean;
  badge: SyncBadge;
  saved: Map<string, VitalsReading[]>;
  waiting: number;
  calls: string[];
}

const scenario = new URLSearchParams(window.location.search);

const state: State = {
  signedIn: scenario.get("as") ? session : null,
  online: scenario.has("online"),
  badge: { state: "saved", text: "Saved offline" },
  saved: new Map(),
  waiting: 12,
  calls: [],
};

function status(): StatusView {
  const needsReview = inbox().rows.length;
  return state.online
    ? {
        connection: { state: "connected", text: "Connected", detail: "The server answers." },
        sync: state.waiting ? { state: "syncing", text: "Syncing 4 of 12" } : { state: "synced", text: "Synced 14:05" },
        waiting: state.waiting,
        needsReview,
        dataAsOf: "23-Nov-2026 14:05",
      }
    : {
        connection: lobby.connection,
        sync: { state: "waiting", text: `Waiting to sync · ${String(state.waiting)}` },
        waiting: state.waiting,
        needsReview,
        dataAsOf: "23-Nov-2026 09:12",
      };
}

function tell(patients: string[]): void {
  const event: AppEvent = { kind: "changed", patients, status: status() };
  void emit("app-event", event);
}

function refuse(code: string, message: string, retryable = false): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- what the IPC rejects with
  throw { code, message, retryable };
}

function save(input: VitalsInput) {
  if (scenario.get("disk") === "full") {
    refuse("diskFull", "Not saved: the disk of this computer is full. Your draft is kept here.", true);
  }
  const text = input.values.filter((value) => value.text).map((value) => value.text).join(", ");
  const reading: VitalsReading = {
    taken: `${input.date} ${input.time}`,
    by: "A. Orn",
    sync: { state: "saved", text: "Saved offline" },
    values: input.values
      .filter((value) => value.text)
      .map((value) => ({ kind: value.key, text: value.text, unit: "", flag: { state: "noRange", text: "No range" } })),
  };
  state.saved.set(input.patientId, [reading, ...(state.saved.get(input.patientId) ?? [])]);
  state.waiting += 1;
  tell([input.patientId]);
  return { text: `Saved on this device ${input.time}`, what: text, keys: ["Observation/new"], sync: reading.sync };
}

type Args = Record<string, unknown>;

const answers: Record<string, (args: Args) => unknown> = {
  lobby: () => (scenario.get("scenario") === "notReady" ? emptyLobby : lobby),
  session: () => state.signedIn,
  unlock: ({ passphrase }) => {
    if (passphrase !== "correct horse") refuse("wrongPassphrase", "That passphrase does not open this device.", true);
    state.signedIn = session;
    return session;
  },
  lock: () => {
    state.signedIn = null;
    return null;
  },
  status,
  patients: ({ query }) => {
    const list = listPatients(query as PatientListQuery, state.badge);
    return scenario.get("scenario") === "empty" ? { ...list, rows: [], total: 0, onDevice: 0, similar: null } : list;
  },
  today: () => ({
    date: "Mon 23-Nov-2026",
    appointments: scenario.get("scenario") === "empty" ? [] : appointments,
  }),
  chart: ({ patientId }) => {
    const id = patientId as string;
    if (!banner(id).name) refuse("notFound", "This patient is not on this device.");
    return chart(id, {
      badge: state.badge,
      saved: state.saved.get(id) ?? [],
      conflict: scenario.has("conflict") && inbox().rows.some((row) => row.id === "c-enrique"),
      waiting: state.waiting,
    });
  },
  vitals_form: ({ patientId }) => {
    const who = banner(patientId as string);
    return form(`${who.name} · born ${who.born} · MRN ${who.identifier}`);
  },
  check_vitals: ({ input }) => check(input as VitalsInput),
  save_vitals: ({ input }) => save(input as VitalsInput),
  sync_centre: () => syncCentre(state.online, state.badge),
  sync_now: () => null,
  retry_change: () => null,
  inbox,
  conflict: ({ id }) => view(id as string),
  choose: ({ input }) => choose(input as ChoiceInput),
  undo_choice: ({ conflictId }) => undo(conflictId as string),
  accept_conflict: ({ input }) => {
    const accepted = accept((input as AcceptInput).conflictId);
    tell([]);
    return accepted;
  },
};

/** What a test can do from outside. */
const stage = {
  calls: state.calls,
  goOnline: () => {
    state.online = true;
    state.waiting = 0;
    state.badge = { state: "synced", text: "Synced 14:05" };
    state.saved.forEach((readings) => readings.forEach((reading) => (reading.sync = state.badge)));
    tell([]);
  },
  lockFromOutside: () => {
    state.signedIn = null;
    const event: AppEvent = { kind: "locked" };
    void emit("app-event", event);
  },
};

export function startMock(): void {
  mockWindows("main");
  mockIPC(
    (command, args) => {
      state.calls.push(command);
      const answer = answers[command];
      return answer ? answer((args ?? {}) as Args) : undefined;
    },
    { shouldMockEvents: true },
  );
  Object.assign(window, { stage });
}
