import { IconArrowBackUp, IconStack2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { BatchView, DecidedRow } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { Parts } from "../../components/Parts";
import { EmptyState, ErrorPanel, LoadingRows } from "../../components/States";
import table from "../../components/table.module.css";
import { BatchBack } from "./BatchBack";
import { messages } from "./messages";
import styles from "./past.module.css";
import { ReturnPanel } from "./ReturnPanel";

type Asked = { what: "one"; row: DecidedRow } | { what: "batch"; batch: BatchView };

/** What was decided, newest first; each can be taken back, and what was decided together at once. */
export function Decided() {
  const [asked, setAsked] = useState<Asked>();
  const decided = useQuery({ queryKey: keys.decided, queryFn: () => backend.decided() });
  const close = (): void => setAsked(undefined);
  const view = decided.data;
  if (decided.error) return <ErrorPanel error={decided.error} />;
  if (!view) return <LoadingRows rows={8} />;
  if (view.rows.length === 0) return <EmptyState title={messages.nothingDecided} />;
  return (
    <>
      {view.batches.map((batch) => (
        <div key={batch.id} className={styles.batch} data-testid={`batch-${batch.id}`}>
          <Icon of={IconStack2} />
          <p>
            <strong>
              <bdi>{batch.text}</bdi>
            </strong>{" "}
            {batch.reason && <q dir="auto">{batch.reason}</q>}
          </p>
          <Action small icon={IconArrowBackUp} onClick={() => setAsked({ what: "batch", batch })} testId="batch-back">
            {messages.batchBack}
          </Action>
        </div>
      ))}
      <table className={table.list} aria-label={messages.decidedList}>
        <thead>
          <tr>
            <th scope="col">{messages.patient}</th>
            <th scope="col">{messages.item}</th>
            <th scope="col">{messages.when}</th>
            <th scope="col">{messages.who}</th>
            <th scope="col">{messages.reasonHead}</th>
            <th scope="col">
              <span className="visually-hidden">{messages.action}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {view.rows.map((row) => (
            <tr key={row.id} data-testid={`decided-row-${row.id}`}>
              <th scope="row">
                <strong>
                  <bdi>{row.name}</bdi>
                </strong>
                <span className={table.ids}>
                  <bdi>{row.born}</bdi> · <bdi>{row.identifier}</bdi>
                </span>
              </th>
              <td>
                <bdi>{row.item}</bdi>
              </td>
              <td className={styles.when}>
                <bdi>{row.when}</bdi>
              </td>
              <td>
                <bdi>{row.who}</bdi>
              </td>
              <td className={styles.reason}>{row.reason ? <bdi>{row.reason}</bdi> : <span className={styles.quiet}>{messages.noReason}</span>}</td>
              <td>
                <Action
                  small
                  label={messages.takeBackLabel(`${row.name}, ${row.item}`)}
                  onClick={() => setAsked({ what: "one", row })}
                  testId={`take-back-${row.id}`}
                >
                  {messages.takeBack}
                </Action>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked?.what === "one" && (
        <Dialog
          wide
          title={messages.takeBackTitle}
          patient={<Parts text={`${asked.row.name} · ${asked.row.born} · ${asked.row.identifier} · ${asked.row.item}`} />}
          onClose={close}
          testId="take-back-dialog"
        >
          <ReturnPanel
            of={["takeBack", asked.row.id]}
            preview={() => backend.takeBackPreview(asked.row.id)}
            act={(reason) => backend.takeBack(asked.row.id, reason)}
            label={messages.takeBackNow}
            onBack={close}
            onDone={close}
          />
        </Dialog>
      )}
      {asked?.what === "batch" && (
        <Dialog title={messages.batchBackTitle} onClose={close} testId="batch-dialog">
          <p>
            <bdi>{asked.batch.text}</bdi>
          </p>
          <BatchBack batchId={asked.batch.id} onDone={close} />
        </Dialog>
      )}
    </>
  );
}
