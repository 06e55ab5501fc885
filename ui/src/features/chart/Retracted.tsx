import type { ChartView } from "../../backend";
import { Section } from "../../components/Section";
import { SyncBadge } from "../../components/SyncBadge";
import table from "../../components/table.module.css";
import { HistoryButton } from "../past/HistoryDialog";
import { messages } from "./messages";
import styles from "./ListTabs.module.css";

/** Allergies that were marked as entered in error: no longer acted on, and the way back. */
export function Retracted({ chart }: { chart: ChartView }) {
  if (chart.retracted.length === 0) return null;
  return (
    <div className={styles.retracted} data-testid="retracted">
      <Section title={messages.retracted} aside={messages.retractedDetail}>
        <table className={table.table} aria-label={messages.retracted}>
          <tbody>
            {chart.retracted.map((each) => (
              <tr key={each.key} data-testid={`retracted-${each.key}`}>
                <th scope="row">
                  <del>
                    <bdi>{each.name}</bdi>
                  </del>
                </th>
                <td>
                  <bdi>{each.by}</bdi>
                </td>
                <td>{each.sync && <SyncBadge badge={each.sync} />}</td>
                <td className={styles.history}>
                  <HistoryButton recordKey={each.key} title={`${each.name}, ${each.by}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
    </div>
  );
}
