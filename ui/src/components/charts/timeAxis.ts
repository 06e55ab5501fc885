import { monthName } from "../../language/calendar";

export type TimeRange = "month1" | "month3" | "month12" | "all";

/** A stretch of time in milliseconds since the epoch. */
export interface Span {
  startMs: number;
  endMs: number;
}

const monthsBack: Record<Exclude<TimeRange, "all">, number> = { month1: 1, month3: 3, month12: 12 };
const dayMs = 86_400_000;

/** The stretch a range button shows: it ends now, or at the newest reading if that is later. */
export function span(range: TimeRange, pointsMs: readonly number[], nowMs: number): Span {
  const endMs = Math.max(nowMs, ...pointsMs);
  if (range === "all") {
    const startMs = Math.min(endMs - 30 * dayMs, ...pointsMs);
    return { startMs: startMs - (endMs - startMs) * 0.03, endMs };
  }
  const start = new Date(endMs);
  start.setMonth(start.getMonth() - monthsBack[range]);
  return { startMs: start.getTime(), endMs };
}

export interface Tick {
  atMs: number;
  label: string;
}

const two = (n: number): string => String(n).padStart(2, "0");

function dayTicks({ startMs, endMs }: Span): Tick[] {
  const ticks: Tick[] = [];
  const day = new Date(endMs);
  day.setHours(0, 0, 0, 0);
  for (; day.getTime() >= startMs; day.setDate(day.getDate() - 7)) {
    ticks.unshift({ atMs: day.getTime(), label: `${two(day.getDate())}-${monthName(day.getMonth())}` });
  }
  return ticks;
}

function monthTicks({ startMs, endMs }: Span, step: number): Tick[] {
  const ticks: Tick[] = [];
  const first = new Date(startMs);
  const at = new Date(first.getFullYear(), first.getMonth() + 1, 1);
  while (at.getMonth() % step !== 0) at.setMonth(at.getMonth() + 1);
  for (; at.getTime() <= endMs; at.setMonth(at.getMonth() + step)) {
    const year = at.getMonth() === 0 || ticks.length === 0 ? ` ${String(at.getFullYear())}` : "";
    ticks.push({ atMs: at.getTime(), label: `${monthName(at.getMonth())}${year}` });
  }
  return ticks;
}

function yearTicks({ startMs, endMs }: Span, step: number): Tick[] {
  const ticks: Tick[] = [];
  const first = Math.ceil((new Date(startMs).getFullYear() + 1) / step) * step;
  for (let year = first; new Date(year, 0, 1).getTime() <= endMs; year += step) {
    ticks.push({ atMs: new Date(year, 0, 1).getTime(), label: String(year) });
  }
  return ticks;
}

/** Marks for the axis, about a dozen at most, on starts of days, months or years. */
export function ticks(shown: Span): Tick[] {
  const spanDays = (shown.endMs - shown.startMs) / dayMs;
  if (spanDays <= 45) return dayTicks(shown);
  if (spanDays <= 400) return monthTicks(shown, 1);
  if (spanDays <= 1300) return monthTicks(shown, 3);
  return yearTicks(shown, Math.max(1, Math.round(spanDays / 365 / 12)));
}

/** "Dec 2025": where a small plot begins or ends. */
export function monthLabel(atMs: number): string {
  const day = new Date(atMs);
  return `${monthName(day.getMonth())} ${String(day.getFullYear())}`;
}
