import { useElementSize } from "@mantine/hooks";
import { useState } from "react";
import type { VitalSeries, VitalsView } from "../../backend";
import { Chips } from "../../components/Chips";
import { BloodPressureChart } from "../../components/charts/BloodPressureChart";
import { LineChart } from "../../components/charts/LineChart";
import { within } from "../../components/charts/scale";
import { span } from "../../components/charts/timeAxis";
import type { Span, TimeRange } from "../../components/charts/timeAxis";
import { EmptyState } from "../../components/States";
import { messages as words } from "../../components/messages";
import { messages } from "./messages";
import { ReadingsTable } from "./ReadingsTable";
import { VitalsForm } from "./VitalsForm";
import styles from "./VitalsTab.module.css";

type Look = "chart" | "table";

const ranges = (): { value: TimeRange; label: string }[] => [
  { value: "month1", label: messages.month1 },
  { value: "month3", label: messages.month3 },
  { value: "month12", label: messages.month12 },
  { value: "all", label: messages.all },
];

const looks = (): { value: Look; label: string }[] => [
  { value: "chart", label: messages.chart },
  { value: "table", label: messages.table },
];

function Small({ series, shown, widthPx }: { series: VitalSeries; shown: Span; widthPx: number }) {
  return (
    <figure className={styles.small}>
      <figcaption>
        <strong><bdi>{series.label}</bdi></strong> <span><bdi>{series.unit}</bdi></span>
        <span className={styles.latest}><bdi>{series.latest}</bdi></span>
      </figcaption>
      <LineChart series={series} shown={shown} widthPx={widthPx} heightPx={84} />
    </figure>
  );
}

const gapPx = 24;

function Trends({ vitals, shown }: { vitals: VitalsView; shown: Span }) {
  const { ref, width } = useElementSize();
  const pressure = vitals.series.find((series) => series.kind === "bloodPressure");
  const others = vitals.series.filter((series) => series !== pressure);
  const plotted = others.filter((series) => within(series.points, shown).length > 0);
  const older = others.filter((series) => series.points.length > 0 && !plotted.includes(series));
  const columns = width > 760 ? 3 : width > 480 ? 2 : 1;
  const smallPx = Math.floor((width - gapPx * (columns - 1)) / columns);
  return (
    <div ref={ref} className={styles.trends}>
      {width > 0 && pressure && pressure.points.length > 0 && (
        <BloodPressureChart series={pressure} shown={shown} widthPx={Math.floor(width)} heightPx={208} />
      )}
      {width > 0 && (
        <div className={styles.smalls} style={{ gridTemplateColumns: `repeat(${String(columns)}, minmax(0, 1fr))` }}>
          {plotted.map((series) => (
            <Small key={series.kind} series={series} shown={shown} widthPx={smallPx} />
          ))}
        </div>
      )}
      {older.length > 0 && (
        <p className={styles.older}>{messages.older(older.map((series) => series.label).join(words.comma))}</p>
      )}
    </div>
  );
}

interface VitalsTabProps {
  patientId: string;
  vitals: VitalsView;
  /** Whether the form is open beside the trends. */
  adding: boolean;
  onClose: () => void;
}

/** Trends on a true time axis, every reading as a table, and the form beside them. */
export function VitalsTab({ patientId, vitals, adding, onClose }: VitalsTabProps) {
  const [range, setRange] = useState<TimeRange>("month12");
  const [look, setLook] = useState<Look>("chart");
  const pointsMs = vitals.series.flatMap((series) => series.points.map((point) => point.atMs));
  const shown = span(range, pointsMs, Date.now());
  const first = vitals.series[0];
  return (
    <div className={styles.split} data-adding={adding || undefined}>
      <div className={styles.work}>
        {vitals.readings.length === 0 ? (
          <EmptyState title={messages.noVitals} detail={messages.noVitalsDetail} />
        ) : (
          <>
            <header className={styles.head}>
              {look === "chart" && first?.kind === "bloodPressure" ? (
                <p>
                  <strong>{first.label}</strong>{" "}
                  <bdi className={styles.second}>
                    {first.unit} · {messages.barSpans}
                  </bdi>
                </p>
              ) : (
                <p>
                  <strong>{messages.readings}</strong>
                </p>
              )}
              <div className={styles.controls}>
                {look === "chart" && (
                  <Chips joined label={messages.range} chips={ranges()} value={range} onChange={setRange} />
                )}
                <Chips joined label={messages.as} chips={looks()} value={look} onChange={setLook} />
              </div>
            </header>
            {look === "chart" && <Trends vitals={vitals} shown={shown} />}
            <ReadingsTable vitals={vitals} />
          </>
        )}
      </div>
      {adding && <VitalsForm patientId={patientId} onClose={onClose} />}
    </div>
  );
}
