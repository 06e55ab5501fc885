import type { VitalsView } from "../../backend";
import { FlagIcon, FlagMark } from "../../components/Flag";
import { Sparkline } from "../../components/charts/Sparkline";
import { EmptyState } from "../../components/States";
import { Scroll } from "../../components/Scroll";
import { SyncBadge } from "../../components/SyncBadge";
import { messages } from "./messages";
import styles from "./VitalsSummary.module.css";

/** The newest readings of each measure, the newest last, beside its flag. */
export function VitalsSummary({ vitals }: { vitals: VitalsView }) {
  if (vitals.rows.length === 0) return <EmptyState title={messages.noVitals} detail={messages.noVitalsDetail} />;
  const newest = vitals.readings[0];
  const last = vitals.columns.length - 1;
  return (
    <>
      <Scroll label={messages.latestVitals} className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{messages.measure}</th>
              <th scope="col">{messages.twelveMonths}</th>
              {vitals.columns.map((column, i) => (
                <th key={column} scope="col" className={styles.number} data-newest={i === last || undefined}>
                  <bdi>{column}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {vitals.rows.map((row) => (
              <tr key={row.kind}>
                <th scope="row">
                  <bdi>{row.label}</bdi> <span className={styles.unit}><bdi>{row.unit}</bdi></span>
                </th>
                <td className={styles.spark}>
                  <Sparkline series={vitals.series.find((series) => series.kind === row.kind)} />
                </td>
                {row.older !== null && (
                  <td colSpan={vitals.columns.length} className={styles.older}>
                    {messages.lastValue} <bdi>{row.older}</bdi>
                  </td>
                )}
                {row.older === null && row.cells.map((cell, i) => (
                  <td key={vitals.columns[i]} className={styles.number}>
                    <strong>
                      <bdi>{cell.text || "–"}</bdi>
                    </strong>
                    <FlagMark flag={cell.flag} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className={styles.foot}>
        {vitals.alert && (
          <>
            <span className={styles.alert}>
              <FlagIcon state={vitals.alert.flag} />
              <bdi>{vitals.alert.text}</bdi>
            </span>
            <span><bdi>{vitals.alert.who}</bdi></span>
          </>
        )}
        <span className={styles.sync}>{newest && <SyncBadge badge={newest.sync} testId="vitals-sync" />}</span>
      </p>
    </>
  );
}
