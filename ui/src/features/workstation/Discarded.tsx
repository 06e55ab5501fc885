import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { DiscardedContent, DiscardedRow } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { Parts } from "../../components/Parts";
import { Section } from "../../components/Section";
import { ErrorPanel, LoadingRows } from "../../components/States";
import table from "../../components/table.module.css";
import { messages } from "./messages";
import styles from "./WorkstationScreen.module.css";

const named = (row: DiscardedRow): string => [row.kind, row.name].filter(Boolean).join(" · ");

function Content({ content }: { content: DiscardedContent }) {
  const { row } = content;
  return (
    <>
      <dl className={styles.told}>
        <dt>{messages.discardedWhat}</dt>
        <dd>
          <strong>
            <bdi>{content.title}</bdi>
          </strong>{" "}
          · <bdi>{row.operation}</bdi>
          <br />
          <bdi>{content.edited}</bdi>
        </dd>
        <dt>{messages.discardedBy}</dt>
        <dd>
          <bdi>{row.who}</bdi> · <bdi>{row.when}</bdi>
        </dd>
        <dt>{messages.discardedWhy}</dt>
        <dd data-testid="discarded-why">
          <bdi>{row.reason}</bdi>
        </dd>
        {content.refusal && (
          <>
            <dt>{messages.server}</dt>
            <dd>
              <bdi>{content.refusal}</bdi>
            </dd>
          </>
        )}
      </dl>
      {content.lines.length > 0 && (
        <table className={`${table.lines} ${table.compared}`} aria-label={messages.discardedContent}>
          <tbody>
            {content.lines.map((line, i) => (
              <tr key={`${String(i)} ${line.label}`}>
                <th scope="row">
                  <bdi>{line.label}</bdi>
                </th>
                <td>
                  <bdi>{line.value}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** What one edit was and why it was given up; opening it is written into the audit log. */
function Look({ row, onClose }: { row: DiscardedRow; onClose: () => void }) {
  const looked = useQuery({
    queryKey: ["discardedContent", row.seq],
    queryFn: () => backend.lookAtDiscarded(row.seq),
    // Each look is audited: one dialog is one look, whatever changes meanwhile.
    staleTime: "static",
    gcTime: 0,
  });
  return (
    <Dialog
      wide
      title={messages.discardedTitle}
      patient={row.identifier ? <Parts text={`${row.name} · ${row.born} · ${row.identifier}`} /> : undefined}
      onClose={onClose}
      testId="discarded-dialog"
    >
      {looked.error && <ErrorPanel error={looked.error} />}
      {!looked.data && !looked.error && <LoadingRows rows={4} />}
      {looked.data && <Content content={looked.data} />}
      <p className={styles.hint}>{messages.lookIsAudited}</p>
    </Dialog>
  );
}

/** Edits that were given up, for those who review: who, when and why, and what they were. */
export function Discarded() {
  const [asked, setAsked] = useState<DiscardedRow>();
  const asking = useQuery({ queryKey: keys.discarded, queryFn: () => backend.discarded() });
  const rows = asking.data;
  return (
    <Section title={messages.discarded}>
      {asking.error && <ErrorPanel error={asking.error} />}
      {rows?.length === 0 && <p className={styles.detail}>{messages.noneDiscarded}</p>}
      {rows && rows.length > 0 && (
        <table className={table.lines} aria-label={messages.discarded}>
          <thead>
            <tr>
              <th scope="col">{messages.discardedBy}</th>
              <th scope="col">{messages.discardedWhat}</th>
              <th scope="col">{messages.discardedWhy}</th>
              <th scope="col">
                <span className="visually-hidden">{messages.change}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.seq} data-testid={`discarded-${String(row.seq)}`}>
                <th scope="row">
                  <bdi>{row.who}</bdi>
                  <span className={table.ids}>
                    <bdi>{row.when}</bdi>
                  </span>
                </th>
                <td>
                  <strong>
                    <bdi>{row.kind}</bdi>
                  </strong>{" "}
                  · <bdi>{row.operation}</bdi>
                  {row.name && (
                    <span className={table.ids}>
                      <Parts text={[row.name, row.born, row.identifier].filter(Boolean).join(" · ")} />
                    </span>
                  )}
                </td>
                <td>{row.readable ? <bdi>{row.reason}</bdi> : <span className={styles.detail}>{messages.notReadable}</span>}</td>
                <td>
                  {row.readable && (
                    <Action
                      small
                      label={messages.lookAt(named(row))}
                      onClick={() => setAsked(row)}
                      testId={`discarded-look-${String(row.seq)}`}
                    >
                      {messages.look}
                    </Action>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {asked && <Look row={asked} onClose={() => setAsked(undefined)} />}
    </Section>
  );
}
