import type { VitalPoint, VitalSeries } from "../../backend";
import type { Span } from "./timeAxis";

/** Maps `from..to` onto `start..end`. */
export const linear =
  (from: number, to: number, start: number, end: number) =>
  (value: number): number =>
    to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start);

export const within = (points: readonly VitalPoint[], { startMs, endMs }: Span): VitalPoint[] =>
  points.filter((point) => point.atMs >= startMs && point.atMs <= endMs);

export interface Extent {
  low: number;
  high: number;
}

/** What a plot must show: its points and, where known, its reference bands. */
export function extent(series: VitalSeries, points: readonly VitalPoint[], marginShare: number): Extent {
  const values = points.flatMap((point) => (point.low === null ? [point.value] : [point.value, point.low]));
  const edges = series.ranges.flatMap((range) => [range.low, range.high]);
  const all = [...values, ...edges];
  if (all.length === 0) return { low: 0, high: 1 };
  const low = Math.min(...all);
  const high = Math.max(...all);
  const margin = (high - low || 1) * marginShare;
  return { low: low - margin, high: high + margin };
}

export const isCritical = (point: VitalPoint): boolean =>
  point.flag.state === "criticalHigh" || point.flag.state === "criticalLow";
