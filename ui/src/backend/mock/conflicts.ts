import type {
  ChoiceInput,
  ConflictView,
  FieldView,
  InboxRow,
  InboxView,
  PickView,
  RawConflictView,
  RecordLine,
  Segment,
  CaseView,
  EscalateInput,
  ReviewInput,
} from "../bindings";
import { banner } from "./chart";

/** "10 mg" kept, "[-4]" removed, "[+2]" added. */
function segments(marked: string): Segment[] {
  return marked.split(/(\[[+-][^\]]*\])/).filter(Boolean).map((part): Segment => {
    if (part.startsWith("[-")) return { op: "removed", text: part.slice(2, -1) };
    if (part.startsWith("[+")) return { op: "added", text: part.slice(2, -1) };
    return { op: "same", text: part };
  });
}

const kept = (side: Segment[]): string =>
  side
    .filter((each) => each.op !== "removed")
    .map((each) => each.text)
    .join("");

function field(path: string, label: string, before: string, device: string, server: string): FieldView {
  return {
    path,
    label,
    before,
    why: "Both sides changed it",
    highRisk: false,
    canKeepBoth: false,
    canBeUnknown: false,
    device: segments(device),
    server: segments(server),
    spoken: "",
    pick: "undecided",
    result: "",
    edit: { kind: "text" },
    editText: before,
  };
}

const doseFields: FieldView[] = [
  {
    ...field(
      "dosageInstruction/0",
      "Dose and timing",
      "10 mg – oral – once a day",
      "[-10 mg] [+20 mg] – oral – once a day",
      "10 mg – oral – [-once] [+twice] a day",
    ),
    highRisk: true,
    why: "Both sides changed it, and a wrong value could harm the patient",
    edit: { kind: "number", unit: "mg" },
    editText: "10",
    spoken: "This device: removed 10 mg, added 20 mg. Server: removed once, added twice.",
  },
  field(
    "dosageInstruction/0/patientInstruction",
    "Instructions",
    "Take in the morning. Recheck potassium in 4 weeks.",
    "Take in the morning. Recheck potassium in [-4] [+2] weeks.",
    "Take in the [-morning] [+morning and evening]. Recheck potassium in 4 weeks.",
  ),
  {
    ...field("review", "Review date", "20-Dec-2026", "[-20-Dec-2026] [+07-Dec-2026]", "[-20-Dec-2026] [+04-Jan-2027]"),
    edit: { kind: "date" },
    pick: "device",
    result: "07-Dec-2026",
  },
  {
    ...field("note", "Note to pharmacy", "Blister pack.", "Blister pack. [+Large print.]", "Blister pack. [+Deliver on Fridays.]"),
    canKeepBoth: true,
    pick: "edited",
    result: "Blister pack. Large print. Deliver on Fridays.",
  },
];

const telecomFields: FieldView[] = [
  { ...field("telecom/phone", "Phone, mobile", "555-0100", "[-555-0100] [+555-0111]", "[-555-0100] [+555-0199]"), canKeepBoth: true },
  { ...field("birthDate", "Birth date", "29-Feb-1984", "29-[-Feb] [+Mar]-1984", "[-29] [+28]-Feb-1984"), edit: { kind: "date" }, highRisk: true, canBeUnknown: true },
  {
    ...field("maritalStatus", "Marital status", "Not recorded", "[+Married]", "[+Widowed]"),
    edit: { kind: "code", options: [{ value: "M", label: "Married" }, { value: "W", label: "Widowed" }] },
  },
];

const deleteFields: FieldView[] = [
  {
    ...field("", "Wheat allergy", "Active", "Active, criticality [-low] [+high]", "[-Active] [+Deleted: entered in error]"),
    highRisk: true,
    why: "One side deleted it and the other edited it",
    canKeepBoth: true,
    edit: { kind: "none" },
  },
];

interface Open {
  row: InboxRow;
  fields: FieldView[];
  patient: string;
  title: string;
  subtitle: string;
  kind: string;
  serverDeleted: boolean;
  undo: FieldView[][];
  done: boolean;
  /** The server changed again since choices were made. */
  stale?: boolean;
  /** A signed note: both texts can be kept. */
  signed?: boolean;
  bothNotes?: boolean;
  /** Where it stands before the clinic, as far as that differs from nothing. */
  clinic: Partial<CaseView>;
}

function row(id: string, patient: string, item: string, what: string, riskText: string, age: string, fields: FieldView[]): InboxRow {
  const who = banner(patient);
  return {
    id,
    riskText,
    highRisk: riskText !== "",
    name: who.name,
    born: who.born,
    ageOfPatient: who.age,
    identifierLabel: who.identifierLabel,
    identifier: who.identifier,
    item,
    what,
    deviceLabel: "This device",
    deviceWho: "A. Orn",
    serverWho: "Q. Beahan",
    age,
    summary: `${String(fields.length)} ${fields.length === 1 ? "field differs" : "fields differ"} · 3 merged automatically`,
    origin: "",
    stage: "",
    assignee: "",
    mine: false,
    comments: 0,
    preview: fields.slice(0, 2).map((each) => ({
      label: each.label,
      device: kept(each.device),
      server: kept(each.server),
      before: each.before,
    })),
  };
}

const opened = (id: string, patient: string, title: string, item: string, what: string, risk: string, age: string, fields: FieldView[], more: Partial<Open> = {}): Open => ({
  row: row(id, patient, item, what, risk, age, fields),
  fields,
  patient,
  title,
  subtitle: `${what} since version 6`,
  kind: "update-update",
  serverDeleted: false,
  undo: [],
  done: false,
  clinic: {},
  ...more,
});

const two = "Changed in two places";

export const open: Open[] = [
  opened("c-koepp", "koepp", "Wheat allergy", "Wheat allergy", "Deleted on server, edited here", "High risk: allergy", "2 days", deleteFields, {
    subtitle: "Allergy · Deleted on server, edited here",
    kind: "update-delete",
    serverDeleted: true,
  }),
  opened("c-enrique", "enrique", "lisinopril", "lisinopril – dose, instructions", two, "High risk: medicine dose", "22 h", doseFields, {
    subtitle: "Medicine · Changed in two places since version 6",
  }),
  opened("c-zahra", "zahra", "Patient", "Patient – phone, birth date", two, "High risk: identity", "3 h", telecomFields),
  opened("c-weimann", "weimann-c", "Care plan", "Care plan – goal", two, "", "2 days", [
    field("goal", "Goal", "Walk daily", "Walk [-daily] [+twice a day]", "Walk [+10 minutes] daily"),
  ]),
];

const asked = new URLSearchParams(window.location.search);

if (asked.has("signed")) {
  const why = "The document is signed";
  open.unshift(
    opened("c-note", "enrique", "Progress note", "Progress note – description", two, "High risk: guarded field", "1 h", [
      { ...field("DocumentReference.description", "Description", "Seen at home.", "Seen at home. [+Pressure high.]", "Seen at home. [+Walks again.]"), highRisk: true, why },
    ], { subtitle: "Document · Changed in two places since version 2", signed: true }),
  );
}

/** Those of other workstations, and one that a colleague has decided. */
if (asked.has("clinic")) {
  const away = opened("c-away", "harris", "Patient", "Patient – birth date, sex", two, "High risk: identity", "2 days", [
    { ...field("birthDate", "Birth date", "17-Apr-1951", "17-Apr-[-1951] [+1915]", "[-17] [+19]-Apr-1951"), edit: { kind: "date" }, highRisk: true, canBeUnknown: true, why: "Both sides changed it, and a wrong value could harm the patient" },
    field("gender", "Sex", "Not recorded", "[+Female]", "[+Other]"),
  ], {
    clinic: {
      escalated: true,
      origin: "Workstation 5",
      stage: "Before the clinic since 21-Nov-2026 16:05, by R. Bashir.",
      assignee: "schultz",
      comments: [
        { who: "R. Bashir", at: "21-Nov-2026 16:05", text: "The card says 1951, the son says 1915.", waits: false },
        { who: "A. Orn", at: "today 08:12", text: "I have asked the registry to look it up.", waits: false },
      ],
    },
  });
  const proposed = opened("c-proposed", "enrique", "metformin", "metformin – dose", two, "High risk: medicine dose", "5 h", [
    { ...field("dosageInstruction/0", "Dose and timing", "500 mg – oral – twice a day", "[-500] [+1000] mg – oral – twice a day", "[-500] [+850] mg – oral – twice a day"), highRisk: true, edit: { kind: "number", unit: "mg" } },
  ], {
    subtitle: "Medicine · Changed in two places since version 3",
    clinic: {
      escalated: true,
      origin: "Laptop 7",
      stage: "Before the clinic since today 09:10, by A. Orn.",
      assignee: "schultz",
      second: "The clinic asks for a second person here: what you decide is proposed, and a colleague approves it.",
      comments: [{ who: "A. Orn", at: "today 09:11", text: "eGFR is 28: the higher dose is out.", waits: false }],
      proposal: {
        text: "Proposed by A. Orn, today 09:10",
        reason: "eGFR 28",
        changes: [{ label: "Dose and timing", from: "850 mg – oral – twice a day", to: "500 mg – oral – twice a day", highRisk: true }],
        outcome: "",
        mayApprove: true,
        mayReturn: true,
        whyNot: "",
      },
    },
  });
  open.splice(1, 0, away, proposed);
}

const people = [
  { login: "orn", label: "A. Orn, clinician" },
  { login: "beahan", label: "Q. Beahan, clinician" },
  { login: "schultz", label: "T. Schultz, admin" },
];

function clinicOf(it: Open): CaseView {
  const assignee = it.clinic.assignee ?? "";
  const me = asked.get("as") ?? "";
  const known = people.find((person) => person.login === assignee);
  return {
    escalated: false,
    stage: "",
    origin: "",
    people,
    comments: [],
    proposal: null,
    second: "",
    mine: assignee !== "" && assignee === me,
    mayEscalate: !it.clinic.escalated,
    age: it.row.age,
    ...it.clinic,
    assignee,
    assigneeText: assignee === "" ? "" : assignee === me ? "You" : (known?.label.split(",")[0] ?? assignee),
  };
}

const rowOf = (it: Open): InboxRow => {
  const clinic = clinicOf(it);
  return {
    ...it.row,
    deviceLabel: clinic.origin || "This device",
    origin: clinic.origin,
    stage: clinic.proposal ? "Waits for approval" : clinic.escalated ? (clinic.origin ? "Before the clinic" : "Goes before the clinic") : "",
    assignee: clinic.assigneeText,
    mine: clinic.assigneeText === "You",
    comments: clinic.comments.length,
  };
};

export function escalate(input: EscalateInput): ConflictView {
  const it = find(input.conflictId);
  it.clinic = {
    ...it.clinic,
    escalated: true,
    stage: "Goes before the clinic at the next sync.",
    assignee: input.assignee,
    comments: input.comment ? [{ who: "You", at: "today 14:05", text: input.comment, waits: true }] : [],
  };
  return view(input.conflictId);
}

export function assign(id: string, assignee: string): ConflictView {
  const it = find(id);
  it.clinic = { ...it.clinic, assignee };
  return view(id);
}

export function comment(id: string, text: string): ConflictView {
  const it = find(id);
  it.clinic = { ...it.clinic, comments: [...(it.clinic.comments ?? []), { who: "You", at: "today 14:05", text, waits: true }] };
  return view(id);
}

export function review({ conflictId, approve }: ReviewInput): { text: string; next: string | null } {
  const it = find(conflictId);
  if (approve) {
    it.done = true;
    return { text: "Saved on this device 14:05", next: inbox().rows[0]?.id ?? null };
  }
  it.clinic = { ...it.clinic, proposal: null };
  return { text: "Sent back. It waits for another decision.", next: inbox().rows.find((each) => each.id !== conflictId)?.id ?? null };
}

if (new URLSearchParams(window.location.search).has("timed")) {
  const routine = (n: number): FieldView => field(`detail-${String(n)}`, `Detail ${String(n)}`, "As before", "As before [+here]", "As before [+there]");
  open.unshift(
    opened("c-two", "weimann-c", "Care plan", "Care plan – detail 1, detail 2", two, "", "1 h", [routine(1), routine(2)]),
    opened("c-ten", "weimann-c", "Care plan", "Care plan – 10 details", two, "", "1 h", Array.from({ length: 10 }, (_, n) => routine(n + 1))),
  );
}

let resolvedToday = 3;

export function inbox(): InboxView {
  const rows = open.filter((each) => !each.done).map(rowOf);
  return { rows, highRisk: rows.filter((each) => each.highRisk).length, resolvedToday, mergedToday: 36 };
}

const find = (id: string): Open => {
  const found = open.find((each) => each.row.id === id);
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- what the IPC rejects with
  if (!found || found.done) throw { code: "notFound", message: "This conflict is resolved.", retryable: false };
  return found;
};

const line = (section: string, label: string, value: string): RecordLine => ({
  section,
  label,
  path: null,
  device: segments(value),
  server: segments(value),
  result: value,
  from: "before",
  conflict: false,
  highRisk: false,
});

function record(fields: FieldView[]): RecordLine[] {
  const lines = fields.map((each, i): RecordLine => ({
    section: i === 0 ? "Dose" : "",
    label: each.label,
    path: each.path,
    device: each.device,
    server: each.server,
    result: each.result,
    from: each.pick,
    conflict: true,
    highRisk: each.highRisk,
  }));
  return [
    line("Order", "Medicine", "lisinopril 10 mg oral tablet"),
    line("", "Status", "Active"),
    line("", "Reason", "Hypertension"),
    ...lines,
    { ...line("Supply", "Refills", "5"), device: segments("3"), server: segments("[-3] [+5]"), from: "server" },
    { ...line("", "Delivery", "Home delivery"), device: segments("[-Collect] [+Home delivery]"), server: segments("Collect"), from: "device" },
    { ...line("", "Start time", "14-Jan-2026 08:00"), device: segments("14-Jan-2026"), server: segments("14-Jan-2026 [+08:00]"), from: "server" },
  ];
}

const mergedField = (label: string, before: string, result: string, from: PickView, element = label, part = label) => ({
  path: label,
  label: element === label ? label : `${element} – ${part}`,
  element,
  part,
  before,
  result,
  from,
});

const mergedFields = (of: "order" | "person") =>
  of === "order"
    ? [
        mergedField("Refills", "3", "5", "server"),
        mergedField("Delivery", "Collect", "Home delivery", "device"),
        mergedField("Start time", "14-Jan-2026", "14-Jan-2026 08:00", "server"),
      ]
    : [
        mergedField("line", "12 Quay Street", "3 Harbour Row", "device", "Address, home", "Street"),
        mergedField("city", "Lynn", "Salem", "device", "Address, home", "City"),
        mergedField("postal code", "01901", "01970", "device", "Address, home", "Postal code"),
        mergedField("period", "Not recorded", "from 02-Nov-2026", "device", "Address, home", "Period"),
        mergedField("Email, home", "Not recorded", "z.home@example.org", "server"),
        mergedField("Language", "Not recorded", "Arabic", "server"),
        mergedField("Contact person", "Not recorded", "HARRIS, Ada", "device"),
      ];

export function view(id: string): ConflictView {
  const it = find(id);
  const left = it.fields.filter((each) => each.pick === "undecided");
  const risky = left.filter((each) => each.highRisk).length;
  const { rows, highRisk } = inbox();
  const reasonRequired = it.row.highRisk || it.fields.some((each) => each.pick !== "both");
  return {
    id,
    banner: banner(it.patient),
    title: it.title,
    subtitle: it.subtitle,
    kind: it.kind,
    device: {
      label: it.clinic.origin ?? "This device",
      person: "A. Orn, clinician",
      place: "Laptop 3 · North Shore Home Care",
      edited: "Edited today 10:42 · offline 5 h · not uploaded",
      deleted: false,
      identity: "",
    },
    server: {
      label: "Server",
      person: "Q. Beahan, clinician",
      place: "Workstation 2 · Lynn clinic · version 7",
      edited: it.serverDeleted ? "Deleted 22-Nov-2026 16:20" : "Edited 22-Nov-2026 16:20 · uploaded 16:21",
      deleted: it.serverDeleted,
      identity: "",
    },
    fields: it.fields,
    merged: it.serverDeleted ? [] : mergedFields(it.patient === "enrique" ? "order" : "person"),
    unchanged: 14,
    record: record(it.fields),
    left: left.length,
    leftText: left.length ? `${String(left.length)} ${left.length === 1 ? "field" : "fields"} left${risky ? ` · ${String(risky)} high risk` : ""}` : "All decided",
    issues: id === "c-enrique" ? [{ blocks: false, text: "Check before accepting: potassium 5.1 mmol/L (High), 20-Nov-2026." }] : [],
    keepBoth: it.signed
      ? {
          path: "DocumentReference",
          text: "This note is signed, so its texts are not merged. Both can be kept: the server’s stands, and the text of this device becomes an addendum to it.",
          label: "Keep both, with an addendum",
          chosen: it.bothNotes ?? false,
        }
      : null,
    reasonRequired,
    reasons: ["Checked with the prescriber", "Checked with the patient", "The newer one is right", "Other"],
    confirmText: it.row.highRisk
      ? `I have checked the result for ${it.row.name}, born ${it.row.born}, MRN ${it.row.identifier}.`
      : null,
    canUndo: it.undo.length > 0,
    stale: it.stale ?? false,
    queue: rows,
    mayShowRaw: new URLSearchParams(window.location.search).get("as") === "schultz",
    case: clinicOf(it),
    queueText: `${String(resolvedToday)} of ${String(resolvedToday + rows.length)} resolved · ${String(highRisk)} high risk`,
  };
}

function resultOf(each: FieldView, pick: PickView, text: string | null): string {
  if (pick === "device") return kept(each.device).replace(/\s+/g, " ").trim();
  if (pick === "server") return kept(each.server).replace(/\s+/g, " ").trim();
  if (pick === "before") return each.before;
  if (pick === "both" && each.path === "") return `Kept for reading, marked as entered in error: ${each.label}`;
  if (pick === "both") return `${kept(each.device)}; ${kept(each.server)}`;
  if (pick === "unknown") return "Unknown";
  return pick === "edited" ? (text ?? "") : "";
}

export function choose(input: ChoiceInput): ConflictView {
  const it = find(input.conflictId);
  it.undo.push(it.fields);
  it.stale = false;
  it.bothNotes = it.signed === true && input.path === "DocumentReference";
  if (it.bothNotes) {
    it.fields = it.fields.map((each) => ({ ...each, pick: "both", result: `${kept(each.server)}; addendum: ${kept(each.device)}` }));
    return view(input.conflictId);
  }
  it.fields = it.fields.map((each) =>
    each.path === input.path ? { ...each, pick: input.pick, result: resultOf(each, input.pick, input.text) } : each,
  );
  return view(input.conflictId);
}

/** The server's side of the first field changes again: only that one is asked anew. */
export function moveOn(id: string): void {
  const it = find(id);
  it.stale = true;
  it.fields = it.fields.map((each, i) =>
    i === 0
      ? { ...each, pick: "undecided", result: "", server: segments("[-10] [+40] mg – oral – once a day"), spoken: "This device: changed. Server: changed again." }
      : each,
  );
}

export function undo(id: string): ConflictView {
  const it = find(id);
  it.bothNotes = false;
  it.fields = it.undo.pop() ?? it.fields;
  return view(id);
}

export function accept(id: string): { text: string; next: string | null } {
  find(id).done = true;
  resolvedToday += 1;
  return { text: "Saved on this device 14:05", next: inbox().rows[0]?.id ?? null };
}

export function raw(): RawConflictView {
  return {
    device: segments('{\n  "resourceType": "MedicationRequest",\n  "status": "active",\n  "dosageInstruction": [{ "text": [-"10 mg once a day"] [+"20 mg once a day"] }]\n}'),
    server: segments('{\n  "resourceType": "MedicationRequest",\n  "status": "active",\n  "dosageInstruction": [{ "text": [-"10 mg once a day"] [+"10 mg twice a day"] }]\n}'),
  };
}
