import { IconAlertTriangle } from "@tabler/icons-react";
import type { ChangeLine } from "../backend";
import styles from "./Changes.module.css";
import { Icon } from "./Icon";
import { messages } from "./messages";
import table from "./table.module.css";

interface ChangesProps {
  lines: ChangeLine[];
  before: string;
  after: string;
  label: string;
}

/** Elements before and after, line by line. */
export function Changes({ lines, before, after, label }: ChangesProps) {
  if (lines.length === 0) return null;
  return (
    <table className={table.lines} aria-label={label} data-testid="changes">
      <thead>
        <tr>
          <th scope="col">{messages.field}</th>
          <th scope="col">{before}</th>
          <th scope="col">{after}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line, i) => (
          <tr key={`${String(i)} ${line.label}`}>
            <th scope="row">
              <bdi>{line.label}</bdi> {line.highRisk && (
                <span className={styles.risk}>
                  <Icon of={IconAlertTriangle} size={15} />
                  {messages.highRisk}
                </span>
              )}
            </th>
            <td>
              <bdi>{line.from}</bdi>
            </td>
            <td>
              <strong>
                <bdi>{line.to}</bdi>
              </strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
