import { describe, expect, it } from "vitest";
import { monthLabel, span, ticks } from "./timeAxis";

const at = (year: number, month: number, day: number): number => new Date(year, month - 1, day).getTime();
const now = at(2026, 11, 23);

describe("span", () => {
  it("ends now and goes back whole months", () => {
    expect(span("month12", [], now)).toEqual({ startMs: at(2025, 11, 23), endMs: now });
    expect(span("month3", [], now)).toEqual({ startMs: at(2026, 8, 23), endMs: now });
  });

  it("ends at a reading that is later than this computer's clock", () => {
    expect(span("month1", [at(2026, 11, 25)], now).endMs, "no reading may fall off the axis").toBe(at(2026, 11, 25));
  });

  it("shows all from the first reading on", () => {
    const all = span("all", [at(1999, 1, 1), at(2026, 1, 1)], now);
    expect(all.startMs).toBeLessThan(at(1999, 1, 1));
    expect(all.endMs).toBe(now);
  });
});

describe("ticks", () => {
  it("marks the starts of months and names the year where it begins", () => {
    const labels = ticks(span("month12", [], now)).map((tick) => tick.label);
    expect(labels).toEqual([
      "Dec 2025", "Jan 2026", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
    ]);
  });

  it("marks weeks within a month", () => {
    expect(ticks(span("month1", [], now)).map((tick) => tick.label)).toEqual([
      "26-Oct", "02-Nov", "09-Nov", "16-Nov", "23-Nov",
    ]);
  });

  it("marks quarters, then years, and never crowds the axis", () => {
    for (const first of [at(2024, 5, 1), at(2015, 1, 1), at(1980, 6, 1)]) {
      const marks = ticks(span("all", [first], now));
      expect(marks.length).toBeGreaterThan(2);
      expect(marks.length).toBeLessThanOrEqual(16);
    }
  });
});

it("names the month at an end of a small plot", () => {
  expect(monthLabel(now)).toBe("Nov 2026");
});
