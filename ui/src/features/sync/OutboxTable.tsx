import { useMutation } from "@tanstack/react-query";
import { go, href } from "../../app/route";
import { backend } from "../../backend";
import type { OutboxRowView } from "../../backend";
import { Action, TextAction } from "../../components/Actions";
import { SyncBadge } from "../../components/SyncBadge";
import table from "../../components/table.module.css";
import { Discard } from "./Discard";
import { messages } from "./messages";
import styles from "./OutboxTable.module.css";

function RowAction({ row }: { row: OutboxRowView }) {
  const retry = useMutation({ mutationFn: () => backend.retryChange(row.key) });
  const { conflictId } = row;
  switch (row.action) {
    case "none":
      return null;
    case "review":
      return (
        <Action
          small
          testId={`review-${row.key}`}
          onClick={() => go(conflictId ? { screen: "conflict", id: conflictId } : { screen: "review" })}
        >
          {messages.review}
        </Action>
      );
    case "retryNow":
      return (
        <>
          <TextAction onClick={() => retry.mutate()} testId={`retry-${row.key}`}>
            {messages.retryNow}
          </TextAction>
          {row.mayDiscard && (
            <>
              {" "}
              <Discard row={row} />
            </>
          )}
        </>
      );
  }
}

function Patient({ row }: { row: OutboxRowView }) {
  if (!row.patientId) return <span className={table.ids}>{messages.noPatient}</span>;
  return (
    <>
      <a className={styles.name} href={href({ screen: "chart", id: row.patientId, tab: "summary" })}>
        <bdi>{row.name}</bdi>
      </a>
      <span className={table.ids}>
        <bdi>{row.born}</bdi> · <bdi>{row.identifier}</bdi>
      </span>
    </>
  );
}

/** The changes that wait, what needs a person first. */
export function OutboxTable({ rows }: { rows: OutboxRowView[] }) {
  return (
    <table className={table.list}>
      <thead>
        <tr>
          <th scope="col">{messages.patient}</th>
          <th scope="col">{messages.change}</th>
          <th scope="col">
            <span className="visually-hidden">{messages.operation}</span>
          </th>
          <th scope="col">{messages.edited}</th>
          <th scope="col">{messages.state}</th>
          <th scope="col">
            <span className="visually-hidden">{messages.action}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} data-testid={`outbox-row-${row.key}`}>
            <th scope="row">
              <Patient row={row} />
            </th>
            <td>
              <bdi>{row.change}</bdi>
            </td>
            <td className={table.quiet}>{row.operation}</td>
            <td className={table.quiet}><bdi>{row.edited}</bdi></td>
            <td>
              <SyncBadge badge={row.sync} />
            </td>
            <td className={styles.action}>
              <RowAction row={row} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
