import type { ReadingValue, VitalSeries, VitalsReading, VitalsView } from "../../backend";
import { Flag, FlagMark } from "../../components/Flag";
import { Scroll } from "../../components/Scroll";
import { SyncBadge } from "../../components/SyncBadge";
import table from "../../components/table.module.css";
import { messages } from "./messages";
import styles from "./ReadingsTable.module.css";

function Value({ value }: { value: ReadingValue | undefined }) {
  if (!value) return <span className={table.unit}>–</span>;
  return (
    <bdi>
      <strong>{value.text}</strong>
      <span className="visually-hidden"> {value.unit}</span>
    </bdi>
  );
}

function Head({ series }: { series: VitalSeries }) {
  return (
    <th scope="col" className={styles.measure}>
      {series.label} <span className={table.unit}><bdi>{series.unit}</bdi></span>
    </th>
  );
}

const valueOf = (reading: VitalsReading, kind: string): ReadingValue | undefined =>
  reading.values.find((value) => value.kind === kind);

/** Every set of readings, newest first: the first measure with its flag in words, the others with the arrow. */
export function ReadingsTable({ vitals }: { vitals: VitalsView }) {
  const [first, ...others] = vitals.series.filter((series) =>
    vitals.readings.some((reading) => valueOf(reading, series.kind)),
  );
  return (
    <Scroll label={messages.readings} className={styles.scroll}>
      <table className={`${table.table ?? ""} ${styles.readings ?? ""}`} data-testid="readings">
        <thead>
          <tr>
            <th scope="col">{messages.taken}</th>
            {first && (
              <>
                <Head series={first} />
                <th scope="col">{messages.flag}</th>
              </>
            )}
            {others.map((series) => (
              <Head key={series.kind} series={series} />
            ))}
            <th scope="col">{messages.by}</th>
            <th scope="col">{messages.sync}</th>
          </tr>
        </thead>
        <tbody>
          {vitals.readings.map((reading, i) => {
            const value = first && valueOf(reading, first.kind);
            return (
              <tr key={`$<bdi>{reading.taken}</bdi> ${String(i)}`} data-testid="reading-row">
                <th scope="row"><bdi>{reading.taken}</bdi></th>
                {first && (
                  <>
                    <td>
                      <Value value={value} />
                    </td>
                    <td>{value && <Flag flag={value.flag} />}</td>
                  </>
                )}
                {others.map((series) => {
                  const other = valueOf(reading, series.kind);
                  return (
                    <td key={series.kind}>
                      <Value value={other} />
                      {other && <FlagMark flag={other.flag} />}
                    </td>
                  );
                })}
                <td className={table.second}>
                  <bdi>{reading.by || messages.notKnown}</bdi>
                </td>
                <td>
                  <SyncBadge badge={reading.sync} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
