import type {
  EntryCheckView,
  FlagView,
  SyncBadge,
  VitalPoint,
  VitalSeries,
  VitalsCheckView,
  VitalsFormView,
  VitalsInput,
  VitalsReading,
  VitalsView,
} from "../bindings";

const inRange: FlagView = { state: "inRange", text: "In range" };
const high: FlagView = { state: "high", text: "High" };
const criticalHigh: FlagView = { state: "criticalHigh", text: "Critical high" };
const noRange: FlagView = { state: "noRange", text: "No range" };

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const at = (year: number, month: number, day: number, hour = 9, minute = 30): { atMs: number; when: string } => ({
  atMs: new Date(year, month - 1, day, hour, minute).getTime(),
  when: `${String(day).padStart(2, "0")}-${months[month - 1] ?? ""}-${String(year)} ${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`,
});

const days = [
  at(2025, 12, 10), at(2026, 1, 13), at(2026, 2, 15), at(2026, 3, 19), at(2026, 4, 20), at(2026, 5, 17),
  at(2026, 6, 16), at(2026, 7, 18), at(2026, 8, 17), at(2026, 9, 14), at(2026, 9, 28, 9, 48),
  at(2026, 10, 26, 10, 5), at(2026, 11, 20), at(2026, 11, 23, 13, 52),
];

const flagBetween = (low: number, top: number) => (value: number): FlagView =>
  value > top ? high : value < low ? { state: "low", text: "Low" } : inRange;

function series(
  kind: string,
  label: string,
  unit: string,
  values: (number | null)[],
  flag: (value: number) => FlagView,
  extra: Partial<VitalSeries>,
): VitalSeries {
  const points: VitalPoint[] = values.flatMap((value, i) => {
    const day = days[i];
    return value === null || !day ? [] : [{ ...day, value, low: null, text: String(value), flag: flag(value) }];
  });
  return {
    kind,
    label,
    unit,
    points,
    ranges: [],
    criticalLow: null,
    criticalHigh: null,
    latest: points.length ? `${points.at(-1)?.text ?? ""} ${(points.at(-1)?.flag.text ?? "").toLowerCase()}` : "",
    ...extra,
  };
}

const systolic = [164, 158, 156, 152, 149, 150, 146, 148, 142, 144, 141, 146, 148, 182];
const diastolic = [102, 98, 96, 94, 92, 90, 90, 92, 88, 90, 87, 91, 92, 110];

const bloodPressure: VitalSeries = {
  kind: "bloodPressure",
  label: "Blood pressure",
  unit: "mmHg",
  points: days.map((day, i) => {
    const value = systolic[i] ?? 0;
    const low = diastolic[i] ?? 0;
    return {
      ...day,
      value,
      low,
      text: `${String(value)}/${String(low)}`,
      flag: value >= 180 ? criticalHigh : value > 140 ? high : inRange,
    };
  }),
  ranges: [
    { label: "Systolic range 90–140", low: 90, high: 140 },
    { label: "Diastolic range 60–90", low: 60, high: 90 },
  ],
  criticalLow: null,
  criticalHigh: 180,
  latest: "182/110 critical high",
};

const _ = null;
const all: VitalSeries[] = [
  bloodPressure,
  series("heartRate", "Heart rate", "/min", [78, _, 80, 76, 79, _, 82, 77, 80, _, 77, 80, 84, 92], flagBetween(60, 100), {
    ranges: [{ label: "Range 60–100", low: 60, high: 100 }],
  }),
  series("respiratoryRate", "Respiratory rate", "/min", [_, _, 16, _, 17, _, 16, _, 16, _, 16, _, 16, 18], flagBetween(12, 20), {
    ranges: [{ label: "Range 12–20", low: 12, high: 20 }],
  }),
  series("temperature", "Temperature", "°C", [36.8, _, 36.6, _, 36.9, _, 36.7, _, 36.8, _, 36.7, 36.9, _, 36.8], flagBetween(36, 37.5), {
    ranges: [{ label: "Range 36.0–37.5", low: 36, high: 37.5 }],
  }),
  series("spo2", "SpO₂", "%", [97, _, 98, 97, _, 96, 98, _, 97, _, 97, 98, 96, 97], flagBetween(94, 100), {
    ranges: [{ label: "Range 94–100", low: 94, high: 100 }],
  }),
  series("weight", "Weight", "kg", [97.8, _, 97, 96.4, _, 95.8, 95.3, _, 95.1, _, 94.8, 94.2, 93.9, 93.7], () => noRange, {}),
  series("pain", "Pain (0–10)", "", [0, _, 1, _, 0, _, 2, _, 1, _, 1, 0, _, 3], () => noRange, {}),
];

const columnDays = [10, 11, 12, 13];

function reading(i: number, by: string, sync: SyncBadge): VitalsReading {
  const day = days[i];
  return {
    taken: day?.when ?? "",
    by,
    sync,
    values: all.flatMap((each) => {
      const point = each.points.find((p) => p.atMs === day?.atMs);
      return point ? [{ kind: each.kind, text: point.text, unit: each.unit, flag: point.flag }] : [];
    }),
  };
}

const synced: SyncBadge = { state: "synced", text: "Synced 09:12" };
const people = ["L. Moen", "Q. Beahan", "L. Moen"];

export function vitals(newest: SyncBadge, saved: VitalsReading[]): VitalsView {
  return {
    columns: ["28-Sep-2026", "26-Oct-2026", "20-Nov-2026", "Today 13:52"],
    rows: all.map((each) => ({
      older: null,
      kind: each.kind,
      label: each.label,
      unit: each.unit,
      cells: columnDays.map((i) => {
        const point = each.points.find((p) => p.atMs === days[i]?.atMs);
        return { text: point?.text ?? "–", flag: point?.flag ?? null };
      }),
    })),
    series: all,
    readings: [
      ...saved,
      reading(13, "A. Orn", newest),
      ...[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((i, n) => reading(i, people[n % 3] ?? "", synced)),
    ],
    alert: { text: "182/110 Critical high", who: "A. Orn, today 13:52", flag: "criticalHigh" },
    note: "shaded band = reference range for adults",
  };
}

export const noVitals: VitalsView = { columns: [], rows: [], series: [], readings: [], alert: null, note: "" };

export function form(patient: string): VitalsFormView {
  return {
    patient,
    date: "23-Nov-2026",
    time: "14:03",
    fields: [
      { key: "systolic", label: "Systolic", unit: "mmHg", last: "Last 182 mmHg, today 13:52" },
      { key: "diastolic", label: "Diastolic", unit: "mmHg", last: "Last 110 mmHg, today 13:52" },
      { key: "heartRate", label: "Heart rate", unit: "/min", last: "Last 92 /min, today 13:52" },
      { key: "respiratoryRate", label: "Respiratory rate", unit: "/min", last: "Last 18 /min, today 13:52" },
      { key: "temperature", label: "Temperature", unit: "°C", last: "Last 36.8 °C, today 13:52" },
      { key: "spo2", label: "SpO₂", unit: "%", last: "Last 97 %, today 13:52" },
      { key: "weight", label: "Weight", unit: "kg", last: "Last 93.7 kg, today 13:52" },
      { key: "pain", label: "Pain", unit: "0–10", last: "Last 3, today 13:52" },
    ],
  };
}

/** A few rules, enough to see every state of the form; the real ones are in Rust. */
export function check(input: VitalsInput): VitalsCheckView {
  const typed = (key: string): number | null => {
    const text = input.values.find((value) => value.key === key)?.text ?? "";
    return text === "" ? null : Number(text);
  };
  const confirmed = (key: string): boolean => input.confirmed.includes(key);
  const checks: EntryCheckView[] = [];
  const temperature = typed("temperature");
  const sys = typed("systolic");
  const dia = typed("diastolic");
  if (temperature !== null && temperature > 45) {
    checks.push({
      key: "temperature",
      state: "blocked",
      title: `${String(temperature)} °C cannot be right`,
      detail: "A temperature lies between 25 and 45 °C.",
      suggestion: (temperature / 10).toFixed(1),
      flag: null,
    });
  }
  if (sys !== null && dia === null) {
    checks.push({
      key: "diastolic",
      state: "blocked",
      title: "Diastolic is missing",
      detail: "",
      suggestion: null,
      flag: null,
    });
  } else if (sys !== null && sys < 180 && sys > 140) {
    checks.push({
      key: "systolic",
      state: "ok",
      title: `${String(sys)}/${String(dia)} is high`,
      detail: "Range 90–140 / 60–90. At 13:52 it was 182/110.",
      suggestion: null,
      flag: high,
    });
  } else if (sys !== null && sys >= 180) {
    checks.push({
      key: "systolic",
      state: confirmed("systolic") ? "confirmed" : "unusual",
      title: `${String(sys)}/${dia === null ? "–" : String(dia)} is critical high`,
      detail: "Range 90–140 / 60–90. At 13:52 it was 182/110.",
      suggestion: null,
      flag: criticalHigh,
    });
  }
  const blocked = checks.filter((each) => each.state === "blocked").length;
  const unusual = checks.filter((each) => each.state === "unusual").length;
  const any = input.values.some((value) => value.text !== "");
  return {
    checks,
    canSave: any && blocked === 0 && unusual === 0,
    reason: !any ? "Nothing entered yet" : blocked ? "Correct 1 value" : unusual ? "Confirm 1 unusual value" : "",
  };
}
