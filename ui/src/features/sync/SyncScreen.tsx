import { IconArrowDown, IconArrowUp, IconCircleCheck, IconClockExclamation, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { connectionIcons } from "../../app/AppBar";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { SyncCentreView } from "../../backend";
import { Action } from "../../components/Actions";
import { Chips } from "../../components/Chips";
import { count } from "../../components/count";
import { Icon } from "../../components/Icon";
import { Scroll } from "../../components/Scroll";
import { Section } from "../../components/Section";
import { Strip } from "../../components/Strip";
import { EmptyState, ErrorPanel, LoadingRows } from "../../components/States";
import { HeldStrip } from "./Held";
import { Links } from "./Links";
import { Merged } from "./Merged";
import { messages } from "./messages";
import { OutboxTable } from "./OutboxTable";
import styles from "./SyncScreen.module.css";

type Which = "all" | "needsYou";

function Side({ centre }: { centre: SyncCentreView }) {
  return (
    <aside className={styles.side}>
      <Merged />
      <Section title={messages.lastSuccess}>
        <dl className={styles.facts}>
          <div>
            <dt>
              <Icon of={IconArrowUp} /> {messages.sent}
            </dt>
            <dd className={styles.quiet}><bdi>{centre.lastSent}</bdi></dd>
          </div>
          <div>
            <dt>
              <Icon of={IconArrowDown} /> {messages.received}
            </dt>
            <dd className={styles.quiet}><bdi>{centre.lastReceived}</bdi></dd>
          </div>
        </dl>
      </Section>
      <Section title={messages.onDevice}>
        <dl className={styles.facts}>
          <div>
            <dt>{messages.patients}</dt>
            <dd>{count(centre.patients)}</dd>
          </div>
          <div>
            <dt>{messages.resources}</dt>
            <dd>{count(centre.resources)}</dd>
          </div>
          <div>
            <dt>{messages.space}</dt>
            <dd className={styles.quiet}><bdi>{centre.space}</bdi></dd>
          </div>
          {centre.attachments !== null && (
            <div data-testid="attachments-waiting">
              <dt>{messages.attachments}</dt>
              <dd className={styles.quiet}><bdi>{centre.attachments}</bdi></dd>
            </div>
          )}
        </dl>
      </Section>
      <Section title={messages.ifInTheWay}>
        <ul className={styles.help}>
          {messages.help.map((item) => (
            <li key={item.key}>
              <Icon of={connectionIcons[item.key]} />
              <span>
                <strong>{item.title}</strong>
                {item.detail}
              </span>
            </li>
          ))}
        </ul>
      </Section>
    </aside>
  );
}

function Waiting({ centre }: { centre: SyncCentreView }) {
  const [which, setWhich] = useState<Which>("all");
  const rows = which === "all" ? centre.rows : centre.rows.slice(0, centre.needsYou);
  const expected = which === "all" ? centre.total : centre.needsYou;
  if (centre.total === 0) {
    return (
      <EmptyState icon={IconCircleCheck} title={messages.nothingWaits} detail={messages.nothingWaitsDetail} />
    );
  }
  return (
    <>
      <header className={styles.waiting}>
        <h2>{messages.waiting}</h2>
        <span>{messages.changes(count(centre.total))}</span>
        <div>
          <Chips
            label={messages.which}
            value={which}
            onChange={setWhich}
            chips={[
              { value: "all", label: messages.all(count(centre.total)) },
              { value: "needsYou", label: messages.needsYou(count(centre.needsYou)) },
            ]}
          />
        </div>
      </header>
      {rows.length === 0 ? (
        <EmptyState icon={IconCircleCheck} title={messages.nothingNeedsYou} detail={messages.nothingNeedsYouDetail} />
      ) : (
        <OutboxTable rows={rows} />
      )}
      <p className={styles.foot}>
        {expected > rows.length && `${messages.more(count(expected - rows.length))} `}
        {messages.nothingLeaves}
      </p>
    </>
  );
}

/** What waits on this device, which link to the server is broken, and what a person can do. */
export function SyncScreen() {
  const centre = useQuery({ queryKey: keys.syncCentre, queryFn: () => backend.syncCentre() });
  const sync = useMutation({ mutationFn: () => backend.syncNow() });
  return (
    <div className={styles.screen}>
      <Scroll label={messages.title} className={styles.work}>
        <header className={styles.head}>
          <h1>{messages.title}</h1>
          <Action main icon={IconRefresh} keys="F5" busy={sync.isPending} onClick={() => sync.mutate()} testId="sync-now">
            {messages.syncNow}
          </Action>
        </header>
        {sync.error && <ErrorPanel error={sync.error} />}
        {centre.error && <ErrorPanel error={centre.error} retry={() => void centre.refetch()} />}
        {!centre.data && !centre.error && <LoadingRows rows={10} />}
        {centre.data && (
          <>
            {centre.data.clock !== null && (
              <Strip tone="warning" icon={IconClockExclamation} title={centre.data.clock} detail={messages.clockDetail} testId="clock-strip" />
            )}
            {centre.data.held && <HeldStrip held={centre.data.held} />}
            <Links centre={centre.data} />
            <Waiting centre={centre.data} />
          </>
        )}
      </Scroll>
      {centre.data && <Side centre={centre.data} />}
    </div>
  );
}
