import type { AllergyView, BannerView, ChartConflictView, ChartView, ResultView, RetractedView, SyncBadge, VitalsReading } from "../bindings";
import { findPerson } from "./people";
import { noVitals, vitals } from "./vitals";

const title = (gender: string): string => ({ Male: "Mr", Female: "Ms" })[gender] ?? "";

export function banner(id: string): BannerView {
  const row = findPerson(id);
  const known = id === "enrique" || id === "zahra";
  return {
    id,
    name: row?.name ?? "",
    title: title(row?.gender ?? ""),
    born: row?.born ?? "",
    age: row?.age ?? "",
    gender: row?.gender ?? "",
    identifierLabel: "MRN",
    identifier: row?.identifier ?? "",
    similarName: row?.similarName ?? false,
    deceased: row?.deceased ? "Died 03-Feb-2020 (aged 80 y)" : null,
    allergies: known
      ? {
          state: "known",
          text: "Allergies: penicillin (High / Low, recorded twice), shellfish (Low)",
          items: [
            { substance: "penicillin", criticality: "High / Low", high: true, twice: "recorded twice" },
            { substance: "shellfish", criticality: "Low", high: false, twice: null },
          ],
        }
      : { state: "notRecorded", text: "Allergies not recorded", items: [] },
  };
}

/** Allergies that were marked as entered in error. */
const inError = new Map<string, string>();

export function markInError(key: string): string {
  inError.set(key, key.endsWith("b") ? "Q. Beahan · 22-Nov-2026" : "A. Orn · today 10:42");
  return "Marked as entered in error. Saved on this device 14:05. An earlier version can be brought back from its history.";
}

const retracted = (): RetractedView[] =>
  [...inError].map(([key, by]) => ({ key, name: "penicillin", by, sync: { state: "saved", text: "Saved offline" } }));

function withoutMarked(allergies: AllergyView[]): AllergyView[] {
  return allergies.flatMap((allergy) => {
    const left = allergy.sources.filter((source) => !inError.has(source.key));
    if (left.length === allergy.sources.length) return [allergy];
    return left.slice(0, 1).map((only) => ({ ...allergy, ...only, twice: null, differs: false, sources: [] }));
  });
}

const result = (
  name: string,
  value: string,
  unit: string,
  state: ResultView["flag"]["state"],
  text: string,
  range: string,
  taken: string,
): ResultView => ({ key: `Observation/${name}`, name, value, unit, flag: { state, text }, range, taken });

const results: ResultView[] = [
  result("Potassium", "5.1", "mmol/L", "high", "High", "3.5–5.0", "20-Nov-2026"),
  result("Creatinine", "1.09", "mg/dL", "inRange", "In range", "0.7–1.3", "20-Nov-2026"),
  result("eGFR", "99", "mL/min/1.73 m²", "inRange", "In range", "≥ 60", "20-Nov-2026"),
  result("Hemoglobin A1c", "6.2", "%", "high", "High", "4.0–5.6", "26-Oct-2026"),
  result("Hemoglobin", "12.9", "g/dL", "low", "Low", "13.5–17.5", "26-Oct-2026"),
  result("LDL cholesterol", "105", "mg/dL", "noRange", "No range", "–", "26-Oct-2026"),
  ...Array.from({ length: 25 }, (_, i) =>
    result(["Sodium", "Chloride", "Glucose", "Urea"][i % 4] ?? "", String(90 + i), "mmol/L", "noRange", "No range", "–", `1${String(i % 9)}-Mar-2026`),
  ).map((each, i) => ({ ...each, key: `Observation/old-${String(i)}` })),
];

const problem = (name: string, since: string) => ({
  key: `Condition/${name}`,
  name,
  active: true,
  when: `since ${since}`,
  status: "Active",
  sync: null,
});

const medicine = (name: string, dose: string, since: string) => ({
  key: `MedicationRequest/${name}`,
  name,
  dose,
  active: true,
  when: `since ${since}`,
  status: "Active",
  sync: null,
});

const visit = (date: string, time: string, titleText: string, className: string, by: string) => ({
  key: `Encounter/${date}`,
  date,
  time,
  title: titleText,
  class: className,
  with: by,
  status: "Finished",
});

export const chartConflict: ChartConflictView = {
  id: "c-enrique",
  key: "MedicationRequest/lisinopril",
  title: "lisinopril",
  highRisk: true,
  fields: [
    {
      label: "Dose and timing",
      device: "20 mg – oral – once a day",
      server: "10 mg – oral – twice a day",
      before: "10 mg – oral – once a day",
    },
  ],
  deviceWho: "A. Orn · today 10:42",
  serverWho: "Q. Beahan · 22-Nov-2026 16:20",
};

export interface ChartState {
  badge: SyncBadge;
  saved: VitalsReading[];
  conflict: boolean;
  waiting: number;
}

export function chart(id: string, state: ChartState): ChartView {
  const who = banner(id);
  const sparse = id === "ward";
  const empty: ChartView = {
    banner: who,
    dataAsOf: "23-Nov-2026 09:12",
    allergies: [],
    problems: [],
    medications: [],
    retracted: [],
    vitals: noVitals,
    results: [],
    encounters: [],
    notes: [],
    immunizations: [],
    timeline: [],
    conflicts: [],
    waiting: 0,
    sync: { state: "synced", text: "Synced 09:12" },
    complete: true,
    incomplete: null,
  };
  if (sparse) return empty;
  return {
    ...empty,
    allergies:
      who.allergies.state === "known"
        ? withoutMarked([
            {
              key: "AllergyIntolerance/1",
              substance: "penicillin",
              category: "medicine",
              criticality: "High criticality / Low criticality",
              high: true,
              reaction: "Hives, moderate severity / Itching",
              sync: null,
              twice: "Recorded twice, and the records differ",
              differs: true,
              sources: [
                {
                  key: "AllergyIntolerance/1",
                  by: "A. Orn · today 10:42",
                  criticality: "High criticality",
                  high: true,
                  reaction: "Hives, moderate severity",
                  sync: null,
                  left: "Low criticality · Itching",
                  weakens: "Only this record says “High criticality”. Without it the chart no longer does.",
                },
                {
                  key: "AllergyIntolerance/1b",
                  by: "Q. Beahan · 22-Nov-2026",
                  criticality: "Low criticality",
                  high: false,
                  reaction: "Itching",
                  sync: null,
                  left: "High criticality · Hives, moderate severity",
                  weakens: "",
                },
              ],
            },
            {
              key: "AllergyIntolerance/2",
              substance: "shellfish",
              category: "food",
              criticality: "Low criticality",
              high: false,
              reaction: "Reaction not recorded",
              sync: null,
              twice: null,
              differs: false,
              sources: [],
            },
          ])
        : [],
    retracted: retracted(),
    problems: [
      problem("Hypertension", "09-Oct-1980"),
      problem("Body mass index 30+ – obesity", "25-Jun-1998"),
      problem("Prediabetes", "28-Jun-2001"),
      problem("Anemia", "11-Oct-2007"),
      ...["Acute bronchitis", "Viral sinusitis", "Sprain of ankle"].map((name) => ({
        ...problem(name, ""),
        active: false,
        when: "until 02-Jan-2020",
        status: "Resolved",
      })),
    ],
    medications: [
      medicine("lisinopril", "10 mg – oral – once a day", "14-Jan-2026"),
      medicine("hydroCHLOROthiazide", "25 mg – oral – once a day", "15-Oct-1981"),
      medicine("diphenhydrAMINE", "25 mg – oral – as needed", "10-Aug-1987"),
      medicine("hydrocortisone", "1% cream – skin – as needed", "29-Jul-1987"),
      { ...medicine("amoxicillin", "500 mg – oral – three times a day", ""), active: false, when: "until 20-Jan-2020", status: "Stopped" },
    ],
    vitals: vitals(state.badge, state.saved),
    results,
    encounters: [
      visit("23-Nov-2026", "13:45–14:10", "Home visit", "Home visit", "A. Orn"),
      visit("26-Oct-2026", "09:30–09:50", "Follow-up", "Ambulatory", "Q. Beahan"),
      visit("28-Sep-2026", "", "Immunization visit", "Ambulatory", ""),
    ],
    notes: [
      {
        key: "DocumentReference/1",
        title: "Phone call note",
        date: "23-Nov-2026",
        detail: "A. Orn · Waiting to sync",
        text: "Called about dizziness in the morning.\nNo chest pain. Advised to rest; visit booked for 13:45.",
      },
      { key: "DocumentReference/2", title: "Scanned referral", date: "26-Oct-2026", detail: "PDF · Lynn clinic", text: null },
    ],
    immunizations: [
      { key: "Immunization/1", title: "Influenza vaccine", date: "28-Sep-2026", detail: "Left arm · L. Moen", text: null },
    ],
    timeline: [
      { when: "Today 13:52", title: "Home visit", detail: "Vitals · A. Orn", sync: state.badge.state === "synced" ? null : state.badge },
      state.conflict
        ? { when: "Today 10:42", title: "lisinopril changed", detail: "in two places", sync: { state: "review", text: "Needs review" } }
        : { when: "Today 10:42", title: "Phone call", detail: "Note · A. Orn", sync: { state: "waiting", text: "Waiting to sync" } },
      { when: "20-Nov-2026", title: "Basic metabolic panel", detail: "6 results", sync: null },
      { when: "26-Oct-2026", title: "Follow-up", detail: "Note signed · Q. Beahan", sync: null },
      { when: "28-Sep-2026", title: "Influenza vaccine", detail: "Left arm · L. Moen", sync: null },
    ],
    conflicts: state.conflict ? [chartConflict] : [],
    waiting: state.waiting,
    sync: state.badge,
  };
}
