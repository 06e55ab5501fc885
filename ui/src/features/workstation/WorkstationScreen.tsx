import { useMutation, useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { LockView, StorageView } from "../../backend";
import { Parts } from "../../components/Parts";
import { Scroll } from "../../components/Scroll";
import { Section } from "../../components/Section";
import { Select } from "../../components/Select";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { Audit } from "./Audit";
import { Backup } from "./Backup";
import { Discarded } from "./Discarded";
import { Keys } from "./Keys";
import { Logins } from "./Logins";
import { messages } from "./messages";
import { Recovery } from "./Recovery";
import { Standing } from "./Standing";
import styles from "./WorkstationScreen.module.css";

function Storage({ storage }: { storage: StorageView }) {
  return (
    <Section title={messages.storage}>
      <Standing standing={storage.standing} text={storage.used} detail={storage.text} />
      <meter
        className={styles.meter}
        data-standing={storage.standing}
        aria-label={messages.storageUse}
        min={0}
        max={100}
        value={storage.percent}
      />
      {storage.free && (
        <p className={styles.hint}>
          <bdi>{storage.free}</bdi>
        </p>
      )}
    </Section>
  );
}

function Locking({ lock }: { lock: LockView }) {
  const id = useId();
  const set = useMutation({
    mutationFn: (minutes: number) => backend.setIdleMinutes(minutes),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.workstation }),
  });
  return (
    <Section title={messages.lock}>
      <p className={styles.state}>{lock.text}</p>
      {lock.mayChange && (
        <div className={styles.row}>
          <label htmlFor={id}>{messages.lockAfter}</label>
          <Select
            id={id}
            data-testid="lock-after"
            value={lock.minutes}
            onChange={(event) => set.mutate(Number(event.currentTarget.value))}
          >
            {lock.choices.map((minutes) => (
              <option key={minutes} value={minutes}>
                {messages.minutes(minutes)}
              </option>
            ))}
          </Select>
        </div>
      )}
      {set.error && <ErrorPanel error={set.error} />}
    </Section>
  );
}

/** How this device keeps what is on it: room, backup, recovery key, lock, people, keys, audit log. */
export function WorkstationScreen() {
  const asked = useQuery({ queryKey: keys.workstation, queryFn: () => backend.workstation() });
  const view = asked.data;
  return (
    <Scroll label={messages.title} className={styles.screen}>
      <header className={styles.head}>
        <h1>{messages.title}</h1>
        {view && (
          <p className={styles.detail} data-testid="device">
            <Parts text={view.device} />
          </p>
        )}
      </header>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {!view && !asked.error && <LoadingRows rows={10} />}
      {view && (
        <div className={styles.columns}>
          <div>
            <Storage storage={view.storage} />
            <Backup backup={view.backup} />
            <Recovery recovery={view.recovery} />
            <Locking lock={view.lock} />
          </div>
          <div>
            {view.logins && <Logins logins={view.logins} roles={view.roles} />}
            <Keys keys={view.keys} />
            <Audit />
            {view.reviews && <Discarded />}
          </div>
        </div>
      )}
    </Scroll>
  );
}
