// Plays the backend for tests and for work on the screens, over made-up people.
import { attachments } from "./attachments";
import { emit } from "@tauri-apps/api/event";
import { mockIPC, mockWindows } from "@tauri-apps/api/mocks";
import type {
  AcceptInput,
  AppEvent,
  BulkInput,
  DoubleInput,
  ChoiceInput,
  EscalateInput,
  LoginInput,
  PatientListQuery,
  ReviewInput,
  SessionView,
  StatusView,
  SyncBadge,
  VitalsInput,
  VitalsReading,
} from "../bindings";
import { chart, banner, markInError } from "./chart";
import { accept, assign, choose, comment, escalate, inbox, moveOn, raw, review, undo, view } from "./conflicts";
import { discarded, lookAtDiscarded } from "./discarded";
import * as keeping from "./keeping";
import { measures, merges } from "./measures";
import * as past from "./past";
import { appointments, emptyLobby, listPatients, lobby, session } from "./people";
import { inTheLanguage } from "./phrases";
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

/** Who is at work: `as=schultz` is the admin, `as=moen` the nurse; `notices` has something amiss. */
const atWork: SessionView = {
  ...session,
  mayMeasure: scenario.get("as") === "schultz",
  notices: scenario.has("notices") ? keeping.notices : [],
};

/** Wrong PINs that are still taken. */
let pinTries = scenario.has("pin") ? 5 : 0;

if (scenario.has("draft")) keeping.seedDraft();

const named = (id: string): string => {
  const who = banner(id);
  return `${who.name} · born ${who.born} · MRN ${who.identifier}`;
};

const state: State = {
  signedIn: scenario.get("as") ? atWork : null,
  online: scenario.has("online"),
  badge: { state: "saved", text: "Saved offline" },
  saved: new Map(),
  waiting: scenario.has("merged") ? 0 : 12,
  calls: [],
};

function status(): StatusView {
  const needsReview = inbox().rows.length;
  return state.online
    ? {
        connection: { state: "connected", text: "Connected", detail: "The server answers." },
        sync: state.waiting
          ? { state: "syncing", text: "Syncing 4 of 12" }
          : scenario.has("merged")
            ? { state: "merged", text: "Synced 14:05 – merged automatically" }
            : { state: "synced", text: "Synced 14:05" },
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
  keeping.dropDraft(input.patientId);
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

let language = scenario.get("language") ?? "en";

const answers: Record<string, (args: Args) => unknown> = {
  language: () => language,
  set_language: (args) => {
    language = String(args["language"]);
    return null;
  },
  lobby: () => (scenario.get("scenario") === "notReady" ? emptyLobby : lobby),
  session: () => state.signedIn,
  unlock: ({ passphrase }) => {
    if (passphrase !== "correct horse") refuse("wrongPassphrase", "That passphrase does not open this device.", true);
    state.signedIn = atWork;
    return atWork;
  },
  pin_offered: () => pinTries > 0,
  unlock_with_pin: ({ pin }) => {
    if (pin !== "482913") {
      pinTries -= 1;
      if (pinTries === 0) {
        refuse("precondition", "Unlocking with a PIN is over: it works for 12 hours after the passphrase and for five wrong tries. Unlock with your passphrase.");
      }
      refuse("wrong_passphrase", `Wrong PIN. Nothing was changed and nothing is lost. ${String(pinTries)} tries left before only the passphrase works.`);
    }
    state.signedIn = atWork;
    return atWork;
  },
  set_pin: ({ pin }) => {
    if (!/^\d{6,12}$/.test(pin as string)) refuse("invalid", "A PIN has 6 to 12 digits. Nothing was changed.");
    pinTries = 5;
    return null;
  },
  remove_pin: () => {
    pinTries = 0;
    return null;
  },
  recover: ({ words }) => {
    if (words !== keeping.recoveryWords.join(" ")) {
      refuse("invalid", `A recovery key has 24 words; ${String((words as string).trim().split(/\s+/).length)} were given. Nothing was changed.`);
    }
    state.signedIn = atWork;
    return atWork;
  },
  passphrase_strength: ({ text }) => keeping.strength(text as string),
  suggest_passphrase: () => keeping.suggestion,
  still_here: () => null,
  set_idle_minutes: ({ minutes }) => keeping.setMinutes(minutes as number),
  drafts: () => keeping.listDrafts(named),
  keep_draft: ({ input }) => keeping.keepDraft(input as VitalsInput),
  drop_draft: ({ patientId }) => keeping.dropDraft(patientId as string),
  glass: ({ patientId }) => keeping.glass(patientId as string, scenario.get("as") === "moen"),
  break_glass: ({ patientId }) => keeping.breakGlass(patientId as string),
  workstation: () => keeping.workstation(scenario.get("as") === "schultz"),
  back_up: ({ file }) => {
    if (!(file as string).startsWith("/")) {
      refuse("invalid", "Name the whole path of the file, from the root of the disk. Nothing was written.");
    }
    return keeping.backUp();
  },
  show_recovery: keeping.showWords,
  renew_recovery: keeping.showWords,
  add_login: ({ input }) => keeping.addLogin(input as LoginInput),
  remove_login: ({ name }) => keeping.removeLogin(name as string),
  reset_login: ({ name }) => keeping.resetLogin(name as string),
  rotate_keys: () => "4 keys replaced, 18,871 sealed versions moved to them.",
  verify: () => keeping.verified,
  discarded,
  mark_in_error: ({ key }) => markInError(key as string),
  look_at_discarded: ({ seq }) => lookAtDiscarded(seq as number),
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
  sync_centre: () => syncCentre(state.online, state.badge, scenario.has("trouble")),
  sync_now: () => null,
  retry_change: () => null,
  discard_change: () => null,
  judge_held: ({ verdict }) =>
    verdict === "keep" ? "34 records kept. Saved on this device 14:05" : "34 records deleted on this device, too.",
  attachments: () => attachments,
  save_attachment: ({ file }) => `11 MB, verified, are in ${file as string}`,
  add_attachment: () => "240 kB. Saved on this device 14:05",
  inbox,
  conflict: ({ id }) => view(id as string),
  raw_conflict: raw,
  choose: ({ input }) => choose(input as ChoiceInput),
  undo_choice: ({ conflictId }) => undo(conflictId as string),
  escalate_conflict: ({ input }) => {
    const asked = escalate(input as EscalateInput);
    tell([]);
    return asked;
  },
  assign_conflict: ({ conflictId, assignee }) => assign(conflictId as string, assignee as string),
  comment_on_conflict: ({ conflictId, text }) => comment(conflictId as string, text as string),
  review_conflict: ({ input }) => {
    const reviewed = review(input as ReviewInput);
    tell([]);
    return reviewed;
  },
  merges: () => (scenario.has("merged") ? merges : { text: "", rows: [] }),
  measures: ({ days }) => measures(days as number),
  history: ({ key }) => past.history(key as string),
  bring_back_preview: ({ version }) => past.bringBackPreview(version as number),
  bring_back: () => "Brought back. Saved on this device 14:05",
  doubles: ({ patientId }) => past.doubles(patientId as string),
  judge_double: ({ input }) => past.judgeDouble(input as DoubleInput),
  decided: past.decidedView,
  take_back_preview: ({ conflictId }) => past.takeBackPreview(conflictId as string),
  take_back: ({ conflictId }) => past.takeBack(conflictId as string),
  bulk_choices: past.bulkChoices,
  bulk: ({ input }) => past.bulk(input as BulkInput),
  take_batch_back: ({ batchId }) => past.takeBatchBack(batchId as string),
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
  serverMovesOn: (id: string) => {
    moveOn(id);
    tell([]);
  },
  lockSoon: () => {
    const event: AppEvent = { kind: "lockingSoon", text: "Locks in 1 minute" };
    void emit("app-event", event);
  },
  lockFromOutside: () => {
    state.signedIn = null;
    const event: AppEvent = { kind: "locked" };
    void emit("app-event", event);
  },
};

/** The answer, or the refusal, in the language of the window. */
function spoken(answer: () => unknown): unknown {
  if (language !== "ar") return answer();
  try {
    return inTheLanguage(answer());
  } catch (refusal) {
    throw inTheLanguage(refusal);
  }
}

export function startMock(): void {
  mockWindows("main");
  mockIPC(
    (command, args) => {
      state.calls.push(command);
      const answer = answers[command];
      return answer ? spoken(() => answer((args ?? {}) as Args)) : undefined;
    },
    { shouldMockEvents: true },
  );
  Object.assign(window, { stage });
}
