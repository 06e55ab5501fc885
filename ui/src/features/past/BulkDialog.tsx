import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { announce } from "../../app/announce";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { BulkChoicesView, BulkRow, BulkView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import form from "../../components/Form.module.css";
import { ReasonForm } from "../../components/ReasonForm";
import { Scroll } from "../../components/Scroll";
import { Select } from "../../components/Select";
import { EmptyState, ErrorPanel, LoadingRows } from "../../components/States";
import table from "../../components/table.module.css";
import { BatchBack } from "./BatchBack";
import { messages } from "./messages";
import styles from "./past.module.css";

const takes = ["remote", "local", "base", "both"] as const;
type Take = (typeof takes)[number];

interface CoveredProps {
  rows: BulkRow[];
  take: Take;
  exclude: (id: string, out: boolean) => void;
}

/** What the rule covers, with both sides: those it decides first, each of which can be left out. */
function Covered({ rows, take, exclude }: CoveredProps) {
  const taken = (side: Take): string | undefined => (take === side || take === "both" ? styles.taken : undefined);
  return (
    <Scroll label={messages.preview} className={styles.covered}>
      <table className={table.lines} aria-label={messages.preview}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{messages.action}</span>
            </th>
            <th scope="col">{messages.patient}</th>
            <th scope="col">{messages.device}</th>
            <th scope="col">{messages.server}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-left={!row.applies || undefined} data-testid={`bulk-row-${row.id}`}>
              <td>
                {(row.applies || row.excluded) && (
                  <input
                    type="checkbox"
                    aria-label={messages.include(row.name)}
                    data-testid={`bulk-include-${row.id}`}
                    checked={row.applies}
                    onChange={(event) => exclude(row.id, !event.currentTarget.checked)}
                  />
                )}
              </td>
              <th scope="row">
                <strong>
                  <bdi>{row.name}</bdi>
                </strong>
                <span className={table.ids}>
                  <bdi>{row.born}</bdi> · <bdi>{row.identifier}</bdi>
                </span>
                {row.because && (
                  <span>
                    <bdi>{row.because}</bdi>
                  </span>
                )}
              </th>
              <td className={row.applies ? taken("local") : undefined}>
                {row.fields.map((field) => (
                  <bdi key={field.label} title={field.label}>
                    {field.device}{" "}
                  </bdi>
                ))}
              </td>
              <td className={row.applies ? taken("remote") : undefined}>
                {row.fields.map((field) => (
                  <bdi key={field.label} title={field.label}>
                    {field.server}{" "}
                  </bdi>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Rule({ choices, onDecided }: { choices: BulkChoicesView; onDecided: (done: BulkView) => void }) {
  const id = useId();
  const [path, setPath] = useState(choices.elements[0]?.path ?? "");
  const [take, setTake] = useState<Take>("remote");
  const [out, setOut] = useState<string[]>([]);
  const element = choices.elements.find((each) => each.path === path);
  const rule = { resourceType: element?.resourceType ?? "", path, take, exclude: out };
  const preview = useQuery({
    queryKey: ["bulk", path, take, ...out],
    queryFn: () => backend.bulk({ ...rule, reason: null }),
    placeholderData: (before) => before,
    gcTime: 0,
  });
  const decide = useMutation({
    mutationFn: (reason: string) => backend.bulk({ ...rule, reason }),
    onSuccess: (done) => {
      announce(done.text);
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "bulkChoices" });
      onDecided(done);
    },
  });
  const applied = preview.data?.applied ?? 0;
  return (
    <ReasonForm
      label={decide.isPending ? messages.deciding : messages.decide(applied)}
      testId="bulk-decide"
      reasonTestId="bulk-reason"
      choices={choices.reasons}
      why={applied === 0 ? messages.nothingToDecide : ""}
      busy={decide.isPending}
      error={decide.error}
      onSubmit={decide.mutate}
      focus="elsewhere"
    >
      <p className={styles.quiet}>{messages.manyDetail}</p>
      <div className={styles.choices}>
        <div className={form.row}>
          <label htmlFor={`${id}-element`}>{messages.element}</label>
          <Select
            id={`${id}-element`}
            data-first
            data-testid="bulk-element"
            value={path}
            onChange={(event) => {
              setPath(event.currentTarget.value);
              setOut([]);
            }}
          >
            {choices.elements.map((each) => (
              <option key={each.path} value={each.path}>
                {messages.elementOption(each.label, each.count)}
              </option>
            ))}
          </Select>
        </div>
        <div className={form.row}>
          <label htmlFor={`${id}-take`}>{messages.take}</label>
          <Select
            id={`${id}-take`}
            data-testid="bulk-take"
            value={take}
            onChange={(event) => setTake(takes.find((each) => each === event.currentTarget.value) ?? "remote")}
          >
            {takes.map((each) => (
              <option key={each} value={each}>
                {messages.takes[each]}
              </option>
            ))}
          </Select>
        </div>
      </div>
      {preview.error && <ErrorPanel error={preview.error} />}
      {preview.data && (
        <>
          <p className={styles.sum} role="status" data-testid="bulk-sum">
            <bdi>{preview.data.text}</bdi>
          </p>
          <Covered
            rows={preview.data.rows}
            take={take}
            exclude={(row, isOut) => setOut(isOut ? [...out, row] : out.filter((each) => each !== row))}
          />
        </>
      )}
    </ReasonForm>
  );
}

/** One rule for many conflicts: tried first, high risk never, and taken back in one step. */
export function BulkDialog({ onClose }: { onClose: () => void }) {
  const [done, setDone] = useState<BulkView>();
  const choices = useQuery({ queryKey: keys.bulkChoices, queryFn: () => backend.bulkChoices(), gcTime: 0 });
  const batch = done?.batchId;
  return (
    <Dialog wide title={messages.manyTitle} onClose={onClose} testId="bulk-dialog">
      {choices.error && <ErrorPanel error={choices.error} />}
      {!choices.data && !choices.error && <LoadingRows rows={5} />}
      {choices.data?.elements.length === 0 && <EmptyState title={messages.nothingInBulk} />}
      {choices.data && choices.data.elements.length > 0 && !done && <Rule choices={choices.data} onDecided={setDone} />}
      {done && (
        <div className={form.form}>
          <p className={styles.sum} data-testid="bulk-done">
            <bdi>{done.text}</bdi>
          </p>
          {batch && <BatchBack batchId={batch} onDone={onClose} />}
          <div className={form.actions}>
            <Action main onClick={onClose} testId="bulk-close">
              {messages.done}
            </Action>
          </div>
        </div>
      )}
    </Dialog>
  );
}
