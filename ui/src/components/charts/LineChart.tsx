import type { VitalPoint, VitalSeries } from "../../backend";
import styles from "./charts.module.css";
import { messages } from "./messages";
import { extent, isCritical, linear, within } from "./scale";
import { monthLabel } from "./timeAxis";
import type { Span } from "./timeAxis";

interface LineChartProps {
  series: VitalSeries;
  shown: Span;
  widthPx: number;
  heightPx: number;
}

const inset = { start: 34, end: 6, top: 8, bottom: 19 };

interface Mark {
  value: number;
  label: string;
}

/** Two marks for the axis: the edges of the band, or the lowest and highest reading in their own words. */
function marks(series: VitalSeries, points: VitalPoint[]): Mark[] {
  const range = series.ranges[0];
  if (range) return [range.low, range.high].map((value) => ({ value, label: String(value) }));
  const sorted = [...points].sort((a, b) => a.value - b.value);
  const ends = [sorted[0], sorted.at(-1)].filter((point) => point !== undefined);
  return [...new Map(ends.map((point) => [point.value, { value: point.value, label: point.text }])).values()];
}

/** Points joined by straight lines, over the reference band where there is one. */
export function LineChart({ series, shown, widthPx, heightPx }: LineChartProps) {
  const points = within(series.points, shown);
  const bottom = heightPx - inset.bottom;
  const right = widthPx - inset.end;
  const { low, high } = extent(series, points, 0.14);
  const x = linear(shown.startMs, shown.endMs, inset.start + 8, right - 8);
  const y = linear(low, high, bottom, inset.top);
  const last = points.at(-1);
  return (
    <svg
      className={styles.plot}
      width={widthPx}
      height={heightPx}
      role="img"
      aria-label={messages.plot(series.label, points.length, series.latest)}
    >
      {series.ranges.map((range) => (
        <g key={range.label}>
          <rect
            className={styles.band}
            x={inset.start}
            width={right - inset.start}
            y={y(range.high)}
            height={y(range.low) - y(range.high)}
          />
          <line className={styles.edge} x1={inset.start} x2={right} y1={y(range.high)} y2={y(range.high)} />
          <line className={styles.edge} x1={inset.start} x2={right} y1={y(range.low)} y2={y(range.low)} />
        </g>
      ))}
      {marks(series, points).map((mark) => (
        <text key={mark.value} x={inset.start - 7} y={y(mark.value) + 4} textAnchor="end">
          {mark.label}
        </text>
      ))}
      <polyline className={styles.line} points={points.map((p) => `${x(p.atMs)},${y(p.value)}`).join(" ")} />
      {points.map((point) => (
        <circle
          key={point.atMs}
          className={isCritical(point) ? styles.dotCritical : point === last ? styles.dotLast : styles.dot}
          cx={x(point.atMs)}
          cy={y(point.value)}
          r={point === last ? 4.5 : 2.5}
        >
          <title>{`${point.when}: ${point.text} ${series.unit}, ${point.flag.text}`}</title>
        </circle>
      ))}
      <line className={styles.axis} x1={inset.start} x2={right} y1={bottom} y2={bottom} />
      <text x={inset.start} y={bottom + 15}>
        {monthLabel(shown.startMs)}
      </text>
      <text x={right} y={bottom + 15} textAnchor="end">
        {monthLabel(shown.endMs)}
      </text>
    </svg>
  );
}
