import { IconArrowsJoin2 } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { MeasuresView, MeasureView } from "../../backend";
import { Chips } from "../../components/Chips";
import { Parts } from "../../components/Parts";
import { Scroll } from "../../components/Scroll";
import { Section } from "../../components/Section";
import { EmptyState, ErrorPanel, LoadingRows } from "../../components/States";
import table from "../../components/table.module.css";
import { messages } from "./messages";
import styles from "./MeasuresScreen.module.css";

function Tile({ measure }: { measure: MeasureView }) {
  return (
    <div className={styles.tile} data-testid={`measure-${measure.key}`}>
      <dt>
        <bdi>{measure.label}</bdi>
      </dt>
      <dd className={styles.value}>
        <strong>
          <bdi>{measure.amount}</bdi>
        </strong>{" "}
        <bdi className={styles.unit}>{measure.unit}</bdi>
      </dd>
      <dd className={styles.definition}>
        <bdi>{measure.definition}</bdi>
      </dd>
    </div>
  );
}

function Rows({ view }: { view: MeasuresView }) {
  if (view.rows.length === 0) return <EmptyState icon={IconArrowsJoin2} title={messages.nothing} detail="" />;
  return (
    <table className={table.table} data-testid="measure-rows">
      <thead>
        <tr>
          <th scope="col">{messages.record}</th>
          <th scope="col">{messages.kind}</th>
          {view.columns.map((column) => (
            <th key={column.key} scope="col" className={table.end}>
              <bdi>{column.label}</bdi>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {view.rows.map((row) => (
          <tr key={`${row.record} ${row.what}`}>
            <th scope="row">
              <bdi>{row.record}</bdi>
            </th>
            <td>
              <bdi>{row.what}</bdi>
            </td>
            {[row.opened, row.merged, row.decided, row.median, row.p95].map((value, i) => (
              <td key={view.columns[i]?.key} className={`${table.end ?? ""} ${table.nowrap ?? ""}`}>
                <bdi>{value}</bdi>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What is measured of conflicts and sync: each number with its unit and what it is. */
export function MeasuresScreen() {
  const [days, setDays] = useState(30);
  const asked = useQuery({
    queryKey: keys.measures(days),
    queryFn: () => backend.measures(days),
    placeholderData: keepPreviousData,
  });
  const view = asked.data;
  return (
    <Scroll label={messages.title} className={styles.screen}>
      <header className={styles.head}>
        <div>
          <h1>{messages.title}</h1>
          {view && (
            <p className={styles.detail} data-testid="measures-window">
              <Parts text={`${view.window} · ${view.asOf}`} />
            </p>
          )}
        </div>
        {view && (
          <Chips
            joined
            label={messages.over}
            value={String(days)}
            onChange={(chosen) => setDays(Number(chosen))}
            chips={view.windows.map((each) => ({ value: String(each.days), label: each.label }))}
          />
        )}
      </header>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {!view && !asked.error && <LoadingRows rows={10} />}
      {view && (
        <>
          <dl className={styles.tiles}>
            {view.tiles.map((measure) => (
              <Tile key={measure.key} measure={measure} />
            ))}
          </dl>
          <Section title={messages.byType}>
            <Rows view={view} />
            {view.rows.length > 0 && (
              <dl className={styles.terms}>
                {view.columns.map((column) => (
                  <div key={column.key}>
                    <dt>
                      <bdi>{column.label}</bdi>
                    </dt>
                    <dd>
                      <bdi>{column.definition}</bdi>
                    </dd>
                  </div>
                ))}
              </dl>
            )}
            <p className={styles.foot}>{messages.noPatients}</p>
          </Section>
        </>
      )}
    </Scroll>
  );
}
