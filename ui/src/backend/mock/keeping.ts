// Made-up answers for what keeps the store safe: PIN, recovery, drafts, the glass, this device.
import type { DraftView, GlassView, KeyRow, LoginInput, LoginView, NoticeView, VitalsInput, WorkstationView } from "../bindings";

export const notices: NoticeView[] = [
  {
    critical: true,
    title: "This store may have been altered outside Haven",
    detail:
      "The audit log is shorter than it was when this store was last closed. Every record is checked as it is opened; one that was altered does not open. Tell your administrator, and verify the store under Device.",
  },
  {
    critical: false,
    title: "The disk is full",
    detail:
      "Everything saved before can be read; nothing can be saved until space is freed. Free some space, then lock and unlock.",
  },
];

const typedBefore: VitalsInput = {
  patientId: "enrique",
  date: "23-Nov-2026",
  time: "13:48",
  values: [
    { key: "systolic", text: "128" },
    { key: "diastolic", text: "82" },
  ],
  confirmed: [],
};

/** Kept in the tab's own storage, as the store would keep it over a lock and a reload. */
const drafts = new Map<string, VitalsInput>();

export const seedDraft = (): void => void drafts.set("enrique", typedBefore);

export const listDrafts = (named: (id: string) => string): DraftView[] =>
  [...drafts.values()].map((input) => ({
    input,
    patient: named(input.patientId),
    kept: "Vitals, kept today 13:48",
  }));

export const keepDraft = (input: VitalsInput): null => {
  drafts.set(input.patientId, input);
  return null;
};

export const dropDraft = (patientId: string): null => {
  drafts.delete(patientId);
  return null;
};

export const strength = (text: string) =>
  text.length < 15
    ? {
        ok: false,
        guessesLog10: 4,
        words: `Too short: ${String(text.length)} of at least 15 characters. Five random words are strong and easy to remember.`,
      }
    : { ok: true, guessesLog10: 17, words: "A strong passphrase." };

export const suggestion = "gravel ostrich maple dentist vivid";

export const recoveryWords = (
  "abandon ability able about above absent absorb abstract absurd abuse access accident " +
  "account accuse achieve acid acoustic acquire across act action actor actress actual"
).split(" ");

const clear: GlassView = { state: "clear", text: "", detail: "", leftMs: null };

const hidden: GlassView = {
  state: "hidden",
  text: "Some records of this patient are hidden from you",
  detail:
    "They are sensitive. In an emergency you can open them for 60 minutes with a reason, which is recorded and reviewed.",
  leftMs: null,
};

const broken: GlassView = {
  state: "broken",
  text: "Emergency access until 15:05 – recorded",
  detail:
    "Sensitive records of this patient are shown. Your name, the time and the reason are in the audit log and are reviewed.",
  leftMs: 3_600_000,
};

let glassOf = "";

export const glass = (patientId: string, hides: boolean): GlassView => {
  if (glassOf === patientId) return broken;
  return hides ? hidden : clear;
};

export const breakGlass = (patientId: string): GlassView => {
  glassOf = patientId;
  return broken;
};

const login = (name: string, displayName: string, role: string, lastHere: string, rest: Partial<LoginView> = {}): LoginView => ({
  name,
  displayName,
  role,
  lastHere,
  state: "",
  current: false,
  ...rest,
});

let logins: LoginView[] = [
  login("schultz", "Schultz, Terrance", "Admin", "Today 07:40", { current: true }),
  login("orn", "Orn, Albertine", "Clinician", "Today 07:48"),
  login("moen", "Moen, Leanne", "Nurse", "20-Nov-2026", { state: "Disabled: too many wrong passphrases" }),
  login("bele", "ረታ, በለጠ", "Nurse", "19-Nov-2026"),
  login("weimann", "Weimann, Carol", "Front desk", "Not yet"),
];

export const addLogin = (input: LoginInput): null => {
  logins = [...logins, login(input.name, input.displayName, input.role === "nurse" ? "Nurse" : "Clinician", "Not yet")];
  return null;
};

export const removeLogin = (name: string): null => {
  logins = logins.filter((each) => each.name !== name);
  return null;
};

export const resetLogin = (name: string): null => {
  logins = logins.map((each) => (each.name === name ? { ...each, state: "" } : each));
  return null;
};

const key = (name: string, generation: number, age: string, bodies: number, state = "In use"): KeyRow => ({
  name,
  generation,
  age,
  bodies,
  state,
});

let shown = false;
let minutes = 15;
let backedUp = false;

export const setMinutes = (to: number): null => {
  minutes = to;
  return null;
};

export const showWords = (): string[] => {
  shown = true;
  return recoveryWords;
};

export const backUp = (): string => {
  backedUp = true;
  return "Backup written and checked: 13,570 records, 21 MB. It opens with a passphrase of today or the recovery key.";
};

export function workstation(administers: boolean): WorkstationView {
  return {
    device: "Laptop 3 · North Shore Home Care",
    storage: {
      standing: "attention",
      used: "412 MB of 500 MB",
      percent: 82,
      free: "41 GB free on the disk",
      text: "Nearly full. Everything still saves. Ask your administrator to prune old charts or to raise the limit.",
    },
    backup: backedUp
      ? {
          standing: "good",
          text: "Last backup today 14:05",
          detail: "It was checked whole before it bore its name.",
          suggested: "/home/clinic/haven-backup-2026-11-23.haven",
        }
      : {
          standing: "attention",
          text: "Last backup 12-Nov-2026 18:30",
          detail: "That is more than a week ago. What was saved since is only on this device and where it was synced to.",
          suggested: "/home/clinic/haven-backup-2026-11-23.haven",
        },
    recovery: shown || !administers
      ? {
          standing: "good",
          text: "Shown once, kept nowhere",
          detail:
            "The 24 words on paper open this store when a passphrase is forgotten. If the paper is lost or seen, make a new key: the former one then opens nothing.",
          mayShow: false,
          mayRenew: administers,
        }
      : {
          standing: "attention",
          text: "Not written down yet",
          detail:
            "Its 24 words are shown once, to you. Have pen and paper ready; nobody should look over your shoulder.",
          mayShow: true,
          mayRenew: false,
        },
    lock: {
      minutes,
      text: `Locks after ${String(minutes)} minutes without input`,
      choices: [2, 5, 10, 15, 30],
      mayChange: administers,
    },
    logins: administers ? logins : null,
    roles: [
      { value: "clinician", label: "Clinician" },
      { value: "nurse", label: "Nurse" },
      { value: "front_desk", label: "Front desk" },
      { value: "admin", label: "Admin" },
      { value: "auditor", label: "Auditor" },
    ],
    keys: {
      standing: "good",
      text: "No key is due. They are replaced by themselves every 90 days.",
      rows: [
        key("Demographics and schedule", 1, "41 days", 5_201),
        key("Clinical records", 1, "41 days", 320, "Being replaced"),
        key("Clinical records", 2, "1 day", 13_250),
        key("Sensitive records", 1, "41 days", 88),
        key("People, devices, audit", 1, "41 days", 12),
      ],
      mayRotate: administers,
    },
    reviews: administers,
  };
}

export const verified = {
  standing: "good",
  text: "Sound",
  detail: "20,114 audit entries follow one another without a gap, and every record is as its last entry says.",
  root: "8f0b6d2c1a9e47355be1f0c2d4a6978812cd34ef56ab7890fedcba9876543210",
  problems: [],
};
