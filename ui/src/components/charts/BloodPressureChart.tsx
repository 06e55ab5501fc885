import type { VitalPoint, VitalSeries } from "../../backend";
import styles from "./charts.module.css";
import { messages } from "./messages";
import { extent, isCritical, linear, within } from "./scale";
import { ticks } from "./timeAxis";
import type { Span } from "./timeAxis";

interface BloodPressureChartProps {
  series: VitalSeries;
  shown: Span;
  widthPx: number;
  heightPx: number;
}

const inset = { start: 40, end: 136, top: 14, bottom: 24 };
const capPx = 4;
/** Below this width the words of the bands stand in the legend of the page instead. */
const narrowPx = 520;

function Bar({ point, x, top, bottom }: { point: VitalPoint; x: number; top: number; bottom: number }) {
  const tone = isCritical(point) ? (styles.critical ?? "") : "";
  return (
    <g>
      <title>{`${point.when}: ${point.text}, ${point.flag.text}`}</title>
      <line className={`${styles.bar ?? ""} ${tone}`} x1={x} x2={x} y1={top} y2={bottom} />
      <line className={`${styles.cap ?? ""} ${tone}`} x1={x - capPx} x2={x + capPx} y1={top} y2={top} />
      <line className={`${styles.cap ?? ""} ${tone}`} x1={x - capPx} x2={x + capPx} y1={bottom} y2={bottom} />
    </g>
  );
}

/** One bar a reading, from systolic to diastolic, over the two reference bands. */
export function BloodPressureChart({ series, shown, widthPx, heightPx }: BloodPressureChartProps) {
  const points = within(series.points, shown);
  const labelled = widthPx >= narrowPx;
  const right = widthPx - (labelled ? inset.end : 8);
  const bottom = heightPx - inset.bottom;
  const found = extent(series, points, 0.08);
  const high = Math.max(found.high, (series.criticalHigh ?? found.high) + 6);
  const x = linear(shown.startMs, shown.endMs, inset.start + 8, right - 20);
  const y = linear(found.low, high, bottom, inset.top);
  const edges = [...new Set(series.ranges.flatMap((range) => [range.low, range.high]))];
  const last = points.at(-1);
  const critical = last && isCritical(last) ? last : undefined;
  const wordsBefore = critical ? x(critical.atMs) > (inset.start + right) / 2 : true;

  return (
    <svg
      className={styles.plot}
      width={widthPx}
      height={heightPx}
      role="img"
      aria-label={messages.plot(series.label, points.length, series.latest)}
    >
      {series.ranges.map((range, i) => (
        <g key={range.label}>
          <rect
            className={i === 0 ? styles.band : styles.bandSecond}
            x={inset.start}
            width={right - inset.start}
            y={y(range.high)}
            height={y(range.low) - y(range.high)}
          />
          {labelled && (
            <text x={right + 8} y={(y(range.high) + y(range.low)) / 2 + 4}>
              {range.label}
            </text>
          )}
        </g>
      ))}
      {edges.map((edge) => (
        <g key={edge}>
          <line className={styles.edge} x1={inset.start} x2={right} y1={y(edge)} y2={y(edge)} />
          <text x={inset.start - 8} y={y(edge) + 4} textAnchor="end">
            {edge}
          </text>
        </g>
      ))}
      {series.criticalHigh !== null && (
        <g>
          <line
            className={styles.limit}
            x1={inset.start}
            x2={right}
            y1={y(series.criticalHigh)}
            y2={y(series.criticalHigh)}
          />
          <text x={inset.start - 8} y={y(series.criticalHigh) + 4} textAnchor="end">
            {series.criticalHigh}
          </text>
          {labelled && (
            <text x={right + 8} y={y(series.criticalHigh) + 4}>
              {messages.criticalFrom(series.criticalHigh)}
            </text>
          )}
        </g>
      )}
      {points.map((point) => (
        <Bar
          key={point.atMs}
          point={point}
          x={x(point.atMs)}
          top={y(point.value)}
          bottom={y(point.low ?? point.value)}
        />
      ))}
      {critical && (
        <text
          className={styles.criticalText}
          x={x(critical.atMs) + (wordsBefore ? -12 : 12)}
          y={y(critical.value) + 5}
          textAnchor={wordsBefore ? "end" : "start"}
        >
          {critical.flag.state === "criticalHigh" ? "⇈" : "⇊"} {critical.text} {critical.flag.text}
        </text>
      )}
      <line className={styles.axis} x1={inset.start} x2={right} y1={bottom} y2={bottom} />
      {ticks(shown).map((tick) => (
        <g key={tick.atMs}>
          <line className={styles.axis} x1={x(tick.atMs)} x2={x(tick.atMs)} y1={bottom} y2={bottom + 5} />
          <text x={x(tick.atMs)} y={bottom + 18} textAnchor="middle">
            {tick.label}
          </text>
        </g>
      ))}
    </svg>
  );
}
