import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import { backend } from "../backend";
import type { SessionView } from "../backend";
import { ConflictScreen } from "../features/conflict/ConflictScreen";
import { ChartScreen } from "../features/chart/ChartScreen";
import { PatientsScreen } from "../features/patients/PatientsScreen";
import { InboxScreen } from "../features/conflict/InboxScreen";
import { MeasuresScreen } from "../features/measures/MeasuresScreen";
import { SyncScreen } from "../features/sync/SyncScreen";
import { flushDrafts } from "../features/vitals/drafts";
import { WorkstationScreen } from "../features/workstation/WorkstationScreen";
import { watchActivity } from "./activity";
import { AppBar } from "./AppBar";
import { useWindowKeys } from "./keys";
import { messages } from "./messages";
import { Rail } from "./Rail";
import type { Route } from "./route";
import { useRoute } from "./route";
import { lock } from "./session";
import { Strips } from "./Strips";
import styles from "./Shell.module.css";

function screen(route: Route): ReactNode {
  switch (route.screen) {
    case "patients":
      return <PatientsScreen />;
    case "chart":
      return <ChartScreen key={route.id} id={route.id} tab={route.tab} />;
    case "sync":
      return <SyncScreen />;
    case "device":
      return <WorkstationScreen />;
    case "measures":
      return <MeasuresScreen />;
    case "review":
      return <InboxScreen />;
    case "conflict":
      return <ConflictScreen key={route.id} id={route.id} />;
  }
}

/** Rail, app bar and the screen of the moment. */
export function Shell({ session }: { session: SessionView }) {
  const route = useRoute();
  const search = useRef<HTMLInputElement>(null);
  const main = useRef<HTMLElement>(null);
  const place = route.screen === "chart" || route.screen === "conflict" ? `${route.screen}/${route.id}` : route.screen;

  useWindowKeys({
    "Ctrl+K": () => search.current?.select(),
    "Ctrl+L": lock,
    F5: () => void backend.syncNow(),
  });

  useEffect(() => watchActivity(() => void flushDrafts()), []);

  // A new screen takes the focus, so that its keys work and a screen reader starts there; typing in
  // the search box goes on undisturbed.
  useEffect(() => {
    if (document.activeElement !== search.current) main.current?.focus({ preventScroll: true });
  }, [place]);

  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip} onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}>
        {messages.skip}
      </a>
      <Rail route={route} />
      <AppBar session={session} searchRef={search} />
      <div className={styles.work}>
        <Strips />
        <main ref={main} id="content" tabIndex={-1} className={styles.main}>
          {screen(route)}
        </main>
      </div>
    </div>
  );
}
