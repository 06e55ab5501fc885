import type { ReactNode } from "react";
import type { ChartView, SyncBadge as SyncBadgeView } from "../../backend";
import { EmptyState } from "../../components/States";
import { Scroll } from "../../components/Scroll";
import { SyncBadge } from "../../components/SyncBadge";
import table from "../../components/table.module.css";
import { AllergyStateNote, Criticality } from "./AllergyList";
import { BothValues } from "./BothValues";
import { HistoryButton } from "../past/HistoryDialog";
import { messages as past } from "../past/messages";
import { allergiesList } from "./InError";
import { messages, tabNames } from "./messages";
import { TwiceNote, TwiceSources } from "./RecordedTwice";
import { Retracted } from "./Retracted";
import { ResultsTable } from "./ResultsTable";
import styles from "./ListTabs.module.css";

interface ListTableProps {
  heads: string[];
  /** Each row: key, its name, the other cells. */
  rows: { key: string; name: string; cells: ReactNode[]; past?: boolean; sync?: SyncBadgeView | null; below?: ReactNode; sources?: boolean }[];
  empty: string;
}

function ListTable({ heads, rows, empty }: ListTableProps) {
  if (rows.length === 0) return <EmptyState title={empty} detail={messages.onDeviceOnly} />;
  const withSync = rows.some((row) => row.sync);
  return (
    <table className={table.table}>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
          {withSync && <th scope="col">{messages.sync}</th>}
          <th scope="col">
            <span className="visually-hidden">{past.history}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} data-past={row.past || undefined} className={styles.row}>
            <th scope="row">
              <strong>
                <bdi>{row.name}</bdi>
              </strong>
              {row.below}
            </th>
            {row.cells.map((cell, i) => (
              <td key={heads[i + 1]}>{typeof cell === "string" ? <bdi>{cell}</bdi> : cell}</td>
            ))}
            {withSync && <td>{row.sync && <SyncBadge badge={row.sync} />}</td>}
            <td className={styles.history}>
              {!row.sources && <HistoryButton recordKey={row.key} title={row.name} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const Page = ({ label, id, children }: { label: string; id?: string; children: ReactNode }) => (
  <Scroll label={label} id={id} className={styles.page}>
    {children}
  </Scroll>
);

/** Unresolved conflicts of one kind of record, above its list. */
function Disputed({ chart, type }: { chart: ChartView; type: string }) {
  const conflicts = chart.conflicts.filter((conflict) => conflict.key.startsWith(`${type}/`));
  if (conflicts.length === 0) return null;
  return (
    <div className={styles.disputed}>
      {conflicts.map((conflict) => (
        <BothValues key={conflict.id} conflict={conflict} first={conflict === chart.conflicts[0]} />
      ))}
    </div>
  );
}

export function MedicationsTab({ chart }: { chart: ChartView }) {
  return (
    <Page label={tabNames.medications}>
      <Disputed chart={chart} type="MedicationRequest" />
      <ListTable
        heads={[messages.name, messages.dose, messages.status, messages.when]}
        empty={messages.noMedications}
        rows={chart.medications.map((each) => ({
          key: each.key,
          name: each.name,
          past: !each.active,
          cells: [
            chart.conflicts.some((conflict) => conflict.key === each.key) ? (
              messages.conflict
            ) : (
              <span key="dose" dir="ltr" className={table.ltr}>
                {each.dose}
              </span>
            ),
            each.status,
            <span key="when" className={table.nowrap}>
              <bdi>{each.when}</bdi>
            </span>,
          ],
          sync: each.sync,
        }))}
      />
    </Page>
  );
}

export function ProblemsTab({ chart }: { chart: ChartView }) {
  return (
    <Page label={tabNames.problems}>
      <Disputed chart={chart} type="Condition" />
      <ListTable
        heads={[messages.name, messages.status, messages.when]}
        empty={messages.noProblems}
        rows={chart.problems.map((each) => ({
          key: each.key,
          name: each.name,
          past: !each.active,
          cells: [
            each.status,
            <span key="when" className={table.nowrap}>
              <bdi>{each.when}</bdi>
            </span>,
          ],
          sync: each.sync,
        }))}
      />
    </Page>
  );
}

export function AllergiesTab({ chart }: { chart: ChartView }) {
  const { state } = chart.banner.allergies;
  return (
    <Page label={tabNames.allergies} id={allergiesList}>
      <Disputed chart={chart} type="AllergyIntolerance" />
      {state === "known" ? (
        <ListTable
          heads={[messages.substance, messages.category, messages.criticality, messages.reaction]}
          empty={messages.allergiesNotRecorded}
          rows={chart.allergies.map((each) => ({
            key: each.key,
            name: each.substance,
            cells: [
              each.category || messages.notRecorded,
              <Criticality key="criticality" allergy={each} />,
              each.reaction,
            ],
            sync: each.sync,
            sources: each.sources.length > 0,
            below: (
              <>
                <TwiceNote allergy={each} />
                <TwiceSources allergy={each} banner={chart.banner} />
              </>
            ),
          }))}
        />
      ) : (
        <AllergyStateNote state={state} />
      )}
      <Retracted chart={chart} />
    </Page>
  );
}

export function ResultsTab({ chart }: { chart: ChartView }) {
  return (
    <Page label={tabNames.results}>
      {chart.results.length > 0 ? (
        <ResultsTable results={chart.results} />
      ) : (
        <EmptyState title={messages.noResults} detail={messages.onDeviceOnly} />
      )}
    </Page>
  );
}

export function EncountersTab({ chart }: { chart: ChartView }) {
  return (
    <Page label={tabNames.encounters}>
      <ListTable
        heads={[messages.encounter, messages.date, messages.time, messages.class, messages.with, messages.status]}
        empty={messages.noEncounters}
        rows={chart.encounters.map((each) => ({
          key: each.key,
          name: each.title,
          cells: [each.date, each.time || "–", each.class, each.with || messages.notRecorded, each.status],
        }))}
      />
    </Page>
  );
}
