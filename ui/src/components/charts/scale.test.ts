import { describe, expect, it } from "vitest";
import type { VitalPoint, VitalSeries } from "../../backend";
import { extent, linear, within } from "./scale";

const point = (atMs: number, value: number, low: number | null = null): VitalPoint => ({
  atMs,
  value,
  low,
  when: "",
  text: "",
  flag: { state: "noRange", text: "No range" },
});

const series = (points: VitalPoint[], ranges: VitalSeries["ranges"] = []): VitalSeries => ({
  kind: "any",
  label: "",
  unit: "",
  points,
  ranges,
  criticalLow: null,
  criticalHigh: null,
  latest: "",
});

describe("scales", () => {
  it("maps one stretch onto another, upside down too", () => {
    const y = linear(0, 10, 100, 0);
    expect([y(0), y(5), y(10)]).toEqual([100, 50, 0]);
  });

  it("puts a single value in the middle instead of dividing by nothing", () => {
    expect(linear(5, 5, 0, 10)(5)).toBe(5);
  });

  it("shows the diastolic end of a bar and the whole reference band", () => {
    const points = [point(0, 182, 110)];
    expect(extent(series(points, [{ label: "", low: 60, high: 90 }]), points, 0)).toEqual({ low: 60, high: 182 });
  });

  it("keeps only what lies in the stretch shown", () => {
    const points = [point(1, 1), point(5, 5), point(9, 9)];
    expect(within(points, { startMs: 2, endMs: 9 }).map((each) => each.value)).toEqual([5, 9]);
  });
});
