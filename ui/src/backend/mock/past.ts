// Made-up histories, decisions and rules.
import type {
  BulkChoicesView,
  BulkInput,
  BulkView,
  ChangeLine,
  DecidedView,
  DoubleInput,
  DoubleVerdict,
  DoubleView,
  HistoryView,
  ReturnPreview,
  VersionView,
} from "../bindings";
import { banner } from "./chart";

const line = (label: string, from: string, to: string, highRisk = false): ChangeLine => ({ label, from, to, highRisk });

const version = (number: number, what: string, when: string, who: string, more: Partial<VersionView> = {}): VersionView => ({
  version: number,
  when,
  who,
  place: "",
  what,
  merged: false,
  sources: [],
  current: false,
  changes: [],
  outcome: "",
  reason: "",
  conflictId: "",
  mayReturn: true,
  ...more,
});

const versions = (): VersionView[] => [
  version(6, "Decided", "today 13:40", "A. Orn, clinician", {
    place: "This device",
    current: true,
    mayReturn: false,
    conflictId: "d-dose",
    reason: "Checked with the prescriber",
    changes: [line("Dose and timing", "10 mg – oral – twice a day", "20 mg – oral – once a day", true)],
  }),
  version(5, "Merged automatically", "21-Nov-2026 16:21", "A. Orn, clinician", {
    place: "This device",
    merged: true,
    sources: [
      "From this device: A. Orn, clinician, 21-Nov-2026 10:42",
      "From the server: Q. Beahan, clinician, 21-Nov-2026 16:20",
    ],
    changes: [
      line("Delivery (from this device)", "Collect", "Home delivery"),
      line("Refills (from the server)", "3", "5"),
    ],
  }),
  version(4, "From the server", "21-Nov-2026 16:20", "Q. Beahan, clinician", { changes: [line("Refills", "3", "5")] }),
  version(3, "Edited", "21-Nov-2026 10:42", "A. Orn, clinician", {
    place: "This device",
    changes: [line("Delivery", "Collect", "Home delivery")],
  }),
  version(1, "First version here", "14-Jan-2026 08:00", "Q. Beahan, clinician", { outcome: "lisinopril 10 mg oral tablet" }),
];

export function history(key: string): HistoryView {
  const isPatient = key.startsWith("Patient/");
  const id = isPatient ? key.slice("Patient/".length) : "enrique";
  return { key, title: isPatient ? "Patient details" : "lisinopril", banner: banner(id), versions: versions() };
}

export const bringBackPreview = (number: number): ReturnPreview => ({
  text: "It becomes the newest version, with your name and the reason. What it replaces stays in the history and can be brought back as well.",
  changes: [line("Delivery", "Home delivery", "Collect"), ...(number < 3 ? [line("Refills", "5", "3")] : [])],
  outcome: "",
  possible: true,
  whyNot: "",
});

let verdict: DoubleVerdict | "" = "";

/** `double` in the address: another record of the open chart's patient. */
export const doubles = (patientId: string): DoubleView[] =>
  new URLSearchParams(window.location.search).has("double") && patientId === "enrique" && verdict !== "keepApart"
    ? [
        {
          id: "alcantar",
          other: "TREVIÑO, Enrique · born 25-Jul-1962 · MRN 118 442 907",
          linked: verdict === "link",
          why: "Same name and birth date",
          lines: [
            { label: "Identifier", here: "MRN 870 062 165", there: "MRN 118 442 907", differs: true },
            { label: "Name", here: "TREVIÑO, Enrique", there: "TREVIÑO, Enrique", differs: false },
            { label: "Gender", here: "Male", there: "Male", differs: false },
            { label: "Birth date", here: "25-Jul-1962", there: "25-Jul-1962", differs: false },
            { label: "Contact", here: "Phone, mobile 555-0101", there: "Not recorded", differs: true },
            { label: "Last seen", here: "20-Nov-2026", there: "03-Mar-2019", differs: true },
            { label: "Visits", here: "14", there: "1", differs: true },
            { label: "Allergies", here: "2", there: "1", differs: true },
          ],
        },
      ]
    : [];

export const judgeDouble = (input: DoubleInput): string => {
  verdict = input.verdict === "unlink" ? "" : input.verdict;
  return input.verdict === "keepApart"
    ? "Kept as two people. They are not offered as one again."
    : "Linked; both records stay. Saved on this device 14:05";
};

let decided = [
  { id: "d-dose", patient: "enrique", item: "lisinopril – dose and timing", when: "today 13:40", who: "You", reason: "Checked with the prescriber", batch: "" },
  ...["zahra", "harris", "ward"].map((patient, i) => ({
    id: `d-phone-${String(i)}`,
    patient,
    item: "Phone, mobile",
    when: "today 11:02",
    who: "T. Schultz",
    reason: "the registry rang them",
    batch: "b-phones",
  })),
  { id: "d-late", patient: "koepp", item: "Care plan – goal", when: "20-Nov-2026 17:12", who: "Q. Beahan", reason: "", batch: "" },
];

export const decidedView = (): DecidedView => ({
  rows: decided.map(({ patient, ...row }) => {
    const who = banner(patient);
    return { ...row, key: `Patient/${patient}`, name: who.name, born: who.born, identifier: who.identifier };
  }),
  batches: decided.some((row) => row.batch)
    ? [{ id: "b-phones", text: `${String(decided.filter((row) => row.batch).length)} decided together, today 11:02, by T. Schultz`, reason: "the registry rang them" }]
    : [],
});

export const takeBackPreview = (id: string): ReturnPreview =>
  id === "d-late"
    ? {
        text: "The conflict is open again with both its sides. What stood at the server before the decision goes there as a new version; the decision stays in the history.",
        changes: [],
        outcome: "At the server the record stays as it is.",
        possible: false,
        whyNot: "The record has changed since the conflict was decided; change it again instead. Nothing was changed.",
      }
    : {
        text: "The conflict is open again with both its sides. What stood at the server before the decision goes there as a new version; the decision stays in the history.",
        changes: [line("Dose and timing", "20 mg – oral – once a day", "10 mg – oral – twice a day", true)],
        outcome: "",
        possible: true,
        whyNot: "",
      };

export const takeBack = (id: string): string => {
  decided = decided.filter((row) => row.id !== id);
  return "Taken back. The conflict is open again.";
};

export const takeBatchBack = (id: string): string => {
  const back = decided.filter((row) => row.batch === id).length;
  decided = decided.filter((row) => row.batch !== id);
  return `${String(back)} taken back. They are open again.`;
};

export const bulkChoices = (): BulkChoicesView => ({
  elements: [
    { resourceType: "Patient", path: "Patient.telecom", label: "Patient – contact", count: 6 },
    { resourceType: "CarePlan", path: "CarePlan.goal", label: "Care plan – goal", count: 1 },
  ],
  reasons: ["Checked with the patient", "Checked with the prescriber"],
});

const people = ["alcantar", "harris", "ward", "weimann-c", "enrique", "zahra"];

export function bulk(input: BulkInput): BulkView {
  const rows = people.map((patient, i) => {
    const who = banner(patient);
    const isRisky = patient === "zahra";
    const excluded = input.exclude.includes(`b-${patient}`);
    return {
      id: `b-${patient}`,
      name: who.name,
      born: who.born,
      identifier: who.identifier,
      item: "Phone, mobile",
      fields: [{ label: "Phone, mobile", device: `555-01${String(i)}0`, server: `555-01${String(i)}9`, before: "555-0100" }],
      applies: !isRisky && !excluded,
      because: isRisky ? "High risk: a person decides each" : excluded ? "Left out" : "",
      excluded,
    };
  });
  const applied = rows.filter((row) => row.applies).length;
  const isPreview = input.reason === null;
  if (!isPreview) {
    decided = [
      ...rows
        .filter((row) => row.applies)
        .map((row) => ({ id: row.id, patient: row.id.slice(2), item: row.item, when: "today 14:05", who: "You", reason: input.reason ?? "", batch: "b-phones" })),
      ...decided.filter((row) => !row.batch),
    ];
  }
  return {
    text: [
      isPreview ? `${String(applied)} would be decided` : `${String(applied)} decided`,
      "1 high risk, always left to a person",
      ...(input.exclude.length > 0 ? [`${String(input.exclude.length)} left out`] : []),
    ].join(" · "),
    applied,
    batchId: isPreview ? null : "b-phones",
    rows: [...rows.filter((row) => row.applies), ...rows.filter((row) => !row.applies)],
  };
}
