import type { ChartTab } from "../../app/route";
import type { ChartView } from "../../backend";
import { TextAction } from "../../components/Actions";
import { Scroll } from "../../components/Scroll";
import { Section } from "../../components/Section";
import { EmptyState } from "../../components/States";
import { AllergyList } from "./AllergyList";
import { BothValues } from "./BothValues";
import { MedicationItem, ProblemItem } from "./items";
import { messages, tabNames } from "./messages";
import { ResultsTable } from "./ResultsTable";
import { Timeline } from "./Timeline";
import { VitalsSummary } from "./VitalsSummary";
import styles from "./Summary.module.css";

interface SummaryProps {
  chart: ChartView;
  openTab: (tab: ChartTab) => void;
}

const resultsShown = 6;

function Problems({ chart, openTab }: SummaryProps) {
  const active = chart.problems.filter((problem) => problem.active);
  return (
    <Section
      title={tabNames.problems}
      aside={messages.active(active.length)}
      action={
        chart.problems.length > 0 && (
          <TextAction onClick={() => openTab("problems")}>{messages.all(chart.problems.length)}</TextAction>
        )
      }
    >
      <ul className={styles.list}>
        {active.map((problem) => (
          <ProblemItem key={problem.key} problem={problem} />
        ))}
        {active.length === 0 && (
          <li className={styles.none}>{chart.problems.length ? messages.noActiveProblems : messages.noProblems}</li>
        )}
      </ul>
    </Section>
  );
}

function Medications({ chart, openTab }: SummaryProps) {
  const active = chart.medications.filter((medication) => medication.active);
  const disputed = (key: string) => chart.conflicts.find((conflict) => conflict.key === key);
  return (
    <Section
      title={tabNames.medications}
      aside={messages.active(active.length)}
      action={
        chart.medications.length > 0 && (
          <TextAction onClick={() => openTab("medications")}>{messages.all(chart.medications.length)}</TextAction>
        )
      }
    >
      <ul className={styles.list}>
        {active.map((medication) => {
          const conflict = disputed(medication.key);
          return conflict ? (
            <li key={medication.key}>
              <BothValues conflict={conflict} first={conflict === chart.conflicts[0]} />
            </li>
          ) : (
            <MedicationItem key={medication.key} medication={medication} />
          );
        })}
        {active.length === 0 && (
          <li className={styles.none}>{chart.medications.length ? messages.noActiveMedications : messages.noMedications}</li>
        )}
      </ul>
    </Section>
  );
}

/** Conflicts that no list of the first column shows in place. */
function OtherConflicts({ chart }: { chart: ChartView }) {
  const inPlace = new Set(chart.medications.filter((each) => each.active).map((each) => each.key));
  const others = chart.conflicts.filter((conflict) => !inPlace.has(conflict.key));
  if (others.length === 0) return null;
  return (
    <Section title={messages.unresolved}>
      {others.map((conflict) => (
        <BothValues key={conflict.id} conflict={conflict} first={conflict === chart.conflicts[0]} />
      ))}
    </Section>
  );
}

/** Safety facts, numbers, story. */
export function Summary({ chart, openTab }: SummaryProps) {
  const conflicted = chart.conflicts.length > 0;
  const medications = <Medications chart={chart} openTab={openTab} />;
  return (
    <div className={styles.columns} data-conflicted={conflicted || undefined}>
      <Scroll label={messages.safety} className={styles.column}>
        {conflicted && <OtherConflicts chart={chart} />}
        {conflicted && medications}
        <AllergyList chart={chart} />
        <Problems chart={chart} openTab={openTab} />
        {!conflicted && medications}
      </Scroll>
      <Scroll label={messages.numbers} className={styles.column}>
        <Section
          title={tabNames.vitals}
          aside={chart.vitals.note}
          action={
            chart.vitals.rows.length > 0 && (
              <TextAction onClick={() => openTab("vitals")}>{messages.trends}</TextAction>
            )
          }
        >
          <VitalsSummary vitals={chart.vitals} />
        </Section>
        <Section
          title={messages.latestResults}
          aside={
            chart.results.length > 0 &&
            messages.ofAll(Math.min(resultsShown, chart.results.length), chart.results.length)
          }
          action={
            chart.results.length > resultsShown && (
              <TextAction onClick={() => openTab("results")}>{messages.allResults}</TextAction>
            )
          }
        >
          {chart.results.length > 0 ? (
            <ResultsTable results={chart.results.slice(0, resultsShown)} />
          ) : (
            <EmptyState title={messages.noResults} detail={messages.onDeviceOnly} />
          )}
        </Section>
      </Scroll>
      <Scroll label={tabNames.timeline} className={styles.column}>
        <Section title={tabNames.timeline}>
          <Timeline items={chart.timeline} />
        </Section>
      </Scroll>
    </div>
  );
}

