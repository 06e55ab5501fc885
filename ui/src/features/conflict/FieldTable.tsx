import type { ConflictView } from "../../backend";
import type { FieldActions } from "./fieldActions";
import { FieldRow } from "./FieldRow";
import styles from "./FieldTable.module.css";
import { Merged } from "./Merged";
import { messages } from "./messages";
import { DeviceHead, ResultHead, ServerHead } from "./SideHeads";

/** Only the fields that differ: this device, the result, the server. */
export function FieldTable({ view, actions }: { view: ConflictView; actions: FieldActions }) {
  return (
    <>
      <table role="grid" aria-label={messages.fields} className={styles.table}>
        <colgroup>
          <col style={{ inlineSize: 136 }} />
          <col />
          <col />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className={styles.corner}>
              <span className="visually-hidden">{messages.field}</span>
            </th>
            <DeviceHead side={view.device} />
            <ResultHead left={view.left} />
            <ServerHead side={view.server} />
          </tr>
        </thead>
        <tbody>
          {view.fields.map((field) => (
            <FieldRow key={field.path} field={field} view={view} actions={actions} />
          ))}
        </tbody>
      </table>
      <Merged view={view} />
    </>
  );
}
