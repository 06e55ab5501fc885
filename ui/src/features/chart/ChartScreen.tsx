import { useMediaQuery } from "@mantine/hooks";
import { IconArrowsSplit2, IconCloudDownload, IconHistory, IconPlus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { useWindowKeys } from "../../app/keys";
import { useChart } from "../../app/query";
import { chartTabs, go } from "../../app/route";
import type { ChartTab } from "../../app/route";
import { useStore } from "../../app/store";
import { BackendError } from "../../backend";
import type { ChartView } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { PatientBanner } from "../../components/PatientBanner";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import { wantedForm } from "../vitals/drafts";
import { VitalsTab } from "../vitals/VitalsTab";
import { DocumentsTab, NotesTab } from "./DocumentsTab";
import { AllergiesTab, EncountersTab, MedicationsTab, ProblemsTab, ResultsTab } from "./ListTabs";
import { HistoryButton } from "../past/HistoryDialog";
import { DoubleStrips } from "./Double";
import { ClosedChart, GlassStrip } from "./Glass";
import { messages as words } from "../../components/messages";
import { messages, tabNames } from "./messages";
import { Summary } from "./Summary";
import { Timeline } from "./Timeline";
import styles from "./ChartScreen.module.css";

const narrow = "(width < 1200px)";

/** Two identifiers beside the name. */
const patientLine = ({ banner }: ChartView): string =>
  `${banner.name} · ${banner.born} · ${banner.identifierLabel} ${banner.identifier}`;

function shownTabs(chart: ChartView, isNarrow: boolean): ChartTab[] {
  return chartTabs.filter((tab) => {
    if (tab === "immunizations") return chart.immunizations.length > 0;
    return tab !== "timeline" || isNarrow;
  });
}

function ConflictStrip({ chart }: { chart: ChartView }) {
  const first = chart.conflicts[0];
  if (!first) return null;
  return (
    <div className={styles.strip} data-testid="conflict-strip">
      <Icon of={IconArrowsSplit2} />
      <p>
        <strong>{messages.needsReview}</strong>{" "}
        {messages.bothShown(chart.conflicts.map((conflict) => conflict.title).join(words.comma))}
      </p>
      <Action small onClick={() => go({ screen: "conflict", id: first.id })} testId="open-review">
        {messages.openReview}
      </Action>
    </div>
  );
}

/** Of a chart that has not arrived whole, that is said before anything else. */
function IncompleteStrip({ chart }: { chart: ChartView }) {
  if (chart.incomplete === null) return null;
  return (
    <div className={styles.strip} role="status" data-testid="incomplete-strip">
      <Icon of={IconCloudDownload} />
      <p>{chart.incomplete}</p>
    </div>
  );
}

interface PanelProps {
  chart: ChartView;
  tab: ChartTab;
  openTab: (tab: ChartTab) => void;
  adding: boolean;
  setAdding: (adding: boolean) => void;
}

function panel({ chart, tab, openTab, adding, setAdding }: PanelProps): ReactNode {
  switch (tab) {
    case "summary":
      return <Summary chart={chart} openTab={openTab} />;
    case "vitals":
      return (
        <VitalsTab patientId={chart.banner.id} vitals={chart.vitals} adding={adding} onClose={() => setAdding(false)} />
      );
    case "medications":
      return <MedicationsTab chart={chart} />;
    case "problems":
      return <ProblemsTab chart={chart} />;
    case "allergies":
      return <AllergiesTab chart={chart} />;
    case "results":
      return <ResultsTab chart={chart} />;
    case "encounters":
      return <EncountersTab chart={chart} />;
    case "notes":
      return (
        <NotesTab
          patientId={chart.banner.id}
          patient={patientLine(chart)}
          documents={chart.notes}
          empty={messages.noNotes}
        />
      );
    case "immunizations":
      return <DocumentsTab documents={chart.immunizations} empty={messages.noImmunizations} />;
    case "timeline":
      return <Timeline items={chart.timeline} />;
  }
}

function Chart({ chart, wanted }: { chart: ChartView; wanted: ChartTab }) {
  const id = chart.banner.id;
  const [adding, setAdding] = useState(false);
  const isNarrow = useMediaQuery(narrow, window.matchMedia(narrow).matches);
  const tabs = shownTabs(chart, isNarrow);
  const tab = tabs.includes(wanted) ? wanted : "summary";
  const openTab = (to: ChartTab): void => go({ screen: "chart", id, tab: to });
  const addVitals = (): void => {
    setAdding(true);
    openTab("vitals");
  };
  const first = chart.conflicts[0];

  const draftFor = useStore(wantedForm);
  useEffect(() => {
    if (draftFor !== id) return;
    setAdding(true);
    wantedForm.set("");
  }, [draftFor, id]);

  useWindowKeys({
    V: addVitals,
    R: first && (() => go({ screen: "conflict", id: first.id })),
    ...Object.fromEntries(tabs.map((each, i) => [`Alt+${String(i + 1)}`, () => openTab(each)])),
  });

  return (
    <>
      <PatientBanner banner={chart.banner} />
      <GlassStrip patientId={id} patient={patientLine(chart)} />
      <IncompleteStrip chart={chart} />
      <ConflictStrip chart={chart} />
      <DoubleStrips patientId={id} patient={patientLine(chart)} />
      <Tabs
        label={messages.tabs}
        tabs={tabs.map((each) => ({ value: each, label: tabNames[each] }))}
        value={tab}
        onChange={openTab}
        end={
          <>
            <span className={styles.asOf}>
              <Icon of={IconHistory} />
              {chart.dataAsOf ? messages.dataAsOf(chart.dataAsOf) : messages.noData}
            </span>
            <HistoryButton recordKey={`Patient/${id}`} title={chart.banner.name} words />
            {!(adding && tab === "vitals") && (
              <Action main icon={IconPlus} keys="V" onClick={addVitals} testId="add-vitals">
                {messages.addVitals}
              </Action>
            )}
          </>
        }
      >
        {panel({ chart, tab, openTab, adding, setAdding })}
      </Tabs>
    </>
  );
}

/** One patient's chart. */
export function ChartScreen({ id, tab }: { id: string; tab: ChartTab }) {
  const chart = useChart(id);
  if (chart.data) return <Chart chart={chart.data} wanted={tab} />;
  if (chart.error instanceof BackendError && chart.error.code === "not_permitted") {
    return <ClosedChart patientId={id} error={chart.error} />;
  }
  if (chart.error) return <ErrorPanel error={chart.error} retry={() => void chart.refetch()} />;
  return <LoadingRows rows={12} />;
}
