import { IconBuildingHospital, IconClockUp, IconDeviceLaptop, IconHistory } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { connectionIcons } from "../../app/AppBar";
import { useWallClock } from "../../app/clock";
import { messages as app } from "../../app/messages";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { LobbyUser, LobbyView } from "../../backend";
import { Icon } from "../../components/Icon";
import { Logo } from "../../components/Logo";
import { EmptyState, ErrorPanel } from "../../components/States";
import { LanguageChoice } from "./LanguageChoice";
import { messages } from "./messages";
import { Opening } from "./Opening";
import styles from "./UnlockScreen.module.css";

function Fact({ icon, title, detail }: { icon: TablerIcon; title: string; detail: string }) {
  return (
    <li className={styles.fact}>
      <Icon of={icon} size={18} />
      <div>
        <strong><bdi>{title}</bdi></strong>
        <span><bdi>{detail}</bdi></span>
      </div>
    </li>
  );
}

function Facts({ lobby }: { lobby: LobbyView }) {
  const clock = useWallClock();
  const { connection, dataAsOf } = lobby;
  return (
    <aside className={styles.facts}>
      <p className={styles.brand}>
        <Logo size={34} />
        {app.product}
      </p>
      <div>
        <p className={styles.time}>{clock.time}</p>
        <p className={styles.date}><bdi>{clock.date}</bdi></p>
      </div>
      <ul className={styles.list}>
        {lobby.ready && (
          <Fact
            icon={IconBuildingHospital}
            title={lobby.clinic}
            detail={messages.shared(lobby.deviceName, lobby.users.length)}
          />
        )}
        <Fact icon={connectionIcons[connection.state]} title={connection.text} detail={connection.detail} />
        {lobby.ready && (
          <>
            <Fact icon={IconClockUp} title={messages.waiting(lobby.waiting)} detail={messages.safe(lobby.lastSynced)} />
            <Fact
              icon={IconHistory}
              title={dataAsOf ? messages.dataAsOf(dataAsOf) : messages.noData}
              detail={dataAsOf ? messages.newer : messages.noDataDetail}
            />
          </>
        )}
      </ul>
      <LanguageChoice />
    </aside>
  );
}

function Person({ user, selected, onPick }: { user: LobbyUser; selected: boolean; onPick: () => void }) {
  return (
    <label className={styles.person} data-testid={`unlock-user-${user.name}`} data-selected={selected || undefined}>
      <input type="radio" name="person" className={styles.radio} checked={selected} onChange={onPick} onClick={onPick} />
      <span className={styles.initials} aria-hidden>
        {user.initials}
      </span>
      <span className={styles.who}>
        <strong>
          <bdi>{user.displayName}</bdi>
        </strong>
        <span>{user.role}</span>
      </span>
      <span className={styles.lastHere}><bdi>{user.lastHere ?? messages.never}</bdi></span>
    </label>
  );
}

function NotReady() {
  return (
    <EmptyState
      icon={IconDeviceLaptop}
      title={messages.notReady}
      detail={
        <>
          {messages.notReadyDetail}
          <span className={styles.command}>
            <code>{messages.enrol}</code> {messages.enrolDetail}
          </span>
          <span className={styles.command}>
            <code>{messages.init}</code> {messages.initDetail}
          </span>
        </>
      }
    />
  );
}

const rememberedPerson = "haven.lastPerson";

function People({ users }: { users: LobbyUser[] }) {
  const [name, setName] = useState(() => localStorage.getItem(rememberedPerson) ?? "");
  const chosen = users.find((user) => user.name === name) ?? users[0];
  useEffect(() => {
    if (chosen) localStorage.setItem(rememberedPerson, chosen.name);
  }, [chosen]);
  if (!chosen) return <EmptyState title={messages.nobody} />;
  return (
    <>
      <section className={styles.people} aria-labelledby="people-title">
        <header>
          <h1 id="people-title">{messages.title}</h1>
          <span>{messages.lastHere}</span>
        </header>
        <div role="radiogroup" aria-label={messages.people}>
          {users.map((user) => (
            <Person key={user.name} user={user} selected={user === chosen} onPick={() => setName(user.name)} />
          ))}
        </div>
      </section>
      <Opening key={chosen.name} user={chosen} />
    </>
  );
}

/** Who works here, then the passphrase. Nothing of a patient is known before it. */
export function UnlockScreen() {
  const lobby = useQuery({ queryKey: keys.lobby, queryFn: () => backend.lobby() });
  if (lobby.error) return <ErrorPanel error={lobby.error} retry={() => void lobby.refetch()} />;
  if (!lobby.data) return null;
  return (
    <div className={styles.screen}>
      <Facts lobby={lobby.data} />
      <main className={styles.work}>{lobby.data.ready ? <People users={lobby.data.users} /> : <NotReady />}</main>
    </div>
  );
}
