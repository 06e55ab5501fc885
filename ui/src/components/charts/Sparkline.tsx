import type { VitalSeries } from "../../backend";
import styles from "./charts.module.css";
import { extent, linear, within } from "./scale";
import { span } from "./timeAxis";

const widthPx = 100;
const heightPx = 24;

/** A year of one measure in the height of a row. The numbers beside it say the same. */
export function Sparkline({ series }: { series: VitalSeries | undefined }) {
  if (!series) return null;
  const shown = span("month12", series.points.map((point) => point.atMs), Date.now());
  const points = within(series.points, shown);
  const { low, high } = extent(series, points, 0.1);
  const x = linear(shown.startMs, shown.endMs, 3, widthPx - 4);
  const y = linear(low, high, heightPx - 2, 2);
  const last = points.at(-1);
  const bars = series.points.some((point) => point.low !== null);
  return (
    <svg data-spark width={widthPx} height={heightPx} viewBox={`0 0 ${widthPx} ${heightPx}`} preserveAspectRatio="none" aria-hidden focusable={false}>
      {series.ranges.map((range) => (
        <rect
          key={range.label}
          className={styles.band}
          x={0}
          width={widthPx}
          y={y(range.high)}
          height={y(range.low) - y(range.high)}
        />
      ))}
      {bars ? (
        points.map((point) => (
          <line
            key={point.atMs}
            className={point === last ? styles.sparkLast : styles.sparkBar}
            x1={x(point.atMs)}
            x2={x(point.atMs)}
            y1={y(point.value)}
            y2={y(point.low ?? point.value)}
          />
        ))
      ) : (
        <>
          <polyline
            className={styles.sparkLine}
            points={points.map((point) => `${x(point.atMs)},${y(point.value)}`).join(" ")}
          />
          {last && <circle className={styles.dotLast} cx={x(last.atMs)} cy={y(last.value)} r={3} />}
        </>
      )}
    </svg>
  );
}
