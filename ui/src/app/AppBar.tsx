import { Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import type { MantineColorScheme } from "@mantine/core";
import {
  IconCheck,
  IconChevronDown,
  IconLock,
  IconPassword,
  IconPlugConnectedX,
  IconSearch,
  IconServerOff,
  IconUserX,
  IconWifi,
  IconWifiOff,
  IconX,
} from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { RefObject } from "react";
import type { ConnectionState, SessionView } from "../backend";
import { Action } from "../components/Actions";
import { Icon } from "../components/Icon";
import { KeyHint } from "../components/KeyHint";
import { SyncBadge } from "../components/SyncBadge";
import { languageNames, useLanguage } from "../language/language";
import { announce } from "./announce";
import { singleKeys, useSingleKeys } from "./keys";
import { messages } from "./messages";
import { PinDialog } from "./PinDialog";
import { useStatus } from "./query";
import { go, parse } from "./route";
import { enterList, openFound, searchText } from "./search";
import { lock } from "./session";
import { useStore } from "./store";
import { useLanguageChoice } from "./useSpeech";
import styles from "./AppBar.module.css";

export const connectionIcons: Record<ConnectionState, TablerIcon> = {
  connected: IconWifi,
  offline: IconWifiOff,
  serverDown: IconServerOff,
  signedOut: IconUserX,
  notEnrolled: IconPlugConnectedX,
};

function SearchBox({ inputRef }: { inputRef: RefObject<HTMLInputElement | null> }) {
  const text = useStore(searchText);
  const type = (typed: string): void => {
    searchText.set(typed);
    if (parse(window.location.hash).screen !== "patients") go({ screen: "patients" });
  };
  return (
    <div className={styles.search} role="search">
      <Icon of={IconSearch} />
      <input
        ref={inputRef}
        type="text"
        aria-label={messages.searchLabel}
        aria-keyshortcuts="Control+K"
        placeholder={messages.search}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        data-testid="search"
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") {
            event.preventDefault();
            enterList();
          } else if (event.key === "Enter") {
            if (parse(window.location.hash).screen === "patients") openFound();
            else go({ screen: "patients" });
          } else if (event.key === "Escape" && text) {
            event.preventDefault();
            type("");
          }
        }}
      />
      {text ? (
        <button
          type="button"
          className={styles.clear}
          aria-label={messages.clearSearch}
          onClick={() => {
            type("");
            inputRef.current?.focus();
          }}
        >
          <Icon of={IconX} />
        </button>
      ) : (
        <KeyHint keys="Ctrl K" />
      )}
    </div>
  );
}

const spokenEveryMs = 5000;

/** Says the sync state at most once in five seconds, the newest words last. */
function useSpokenSync(text: string | undefined): void {
  const last = useRef({ at: 0, text: "" });
  useEffect(() => {
    if (!text) return;
    if (last.current.text === "") {
      last.current = { at: Date.now(), text };
      return;
    }
    if (last.current.text === text) return;
    const wait = Math.max(0, last.current.at + spokenEveryMs - Date.now());
    const timer = setTimeout(() => {
      last.current = { at: Date.now(), text };
      announce(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
}

function StatusArea() {
  const status = useStatus().data;
  useSpokenSync(status && `${status.connection.text}. ${status.sync.text}`);
  if (!status) return null;
  const { connection } = status;
  return (
    <>
      <span
        className={styles.status}
        data-testid="status-connection"
        data-state={connection.state}
        title={connection.detail}
      >
        <Icon of={connectionIcons[connection.state]} />
        {connection.text}
      </span>
      <span className={styles.rule} />
      <a className={styles.status} href="#/sync">
        <SyncBadge badge={status.sync} testId="status-sync" />
        {status.sync.state === "merged" && (
          <span className={styles.view} data-testid="status-view">
            {messages.view}
          </span>
        )}
      </a>
    </>
  );
}

const schemes = (): [MantineColorScheme, string][] => [
  ["auto", messages.system],
  ["light", messages.light],
  ["dark", messages.dark],
];

function UserMenu({ session, onPin }: { session: SessionView; onPin: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const single = useSingleKeys();
  const language = useLanguage();
  const choice = useLanguageChoice(session.user);
  const mark = (on: boolean) => (on ? <Icon of={IconCheck} /> : <span className={styles.noMark} />);
  return (
    <Menu position="bottom-end" width={240} shadow="none" classNames={{ dropdown: styles.menu ?? "" }}>
      <Menu.Target>
        <UnstyledButton className={styles.user} data-testid="user-menu">
          <strong>
            <bdi>{session.shortName}</bdi>
          </strong>{" "}
          {session.role}
          <Icon of={IconChevronDown} size={14} />
          <span className="visually-hidden">{messages.account}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{messages.appearance}</Menu.Label>
        {schemes().map(([scheme, label]) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            leftSection={mark(colorScheme === scheme)}
            onClick={() => setColorScheme(scheme)}
            data-testid={`scheme-${scheme}`}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{messages.language}</Menu.Label>
        {languageNames.map(([code, name]) => (
          <Menu.Item
            key={code}
            role="menuitemradio"
            aria-checked={language === code}
            leftSection={mark(language === code)}
            onClick={() => choice.mutate(code)}
            data-testid={`language-${code}`}
          >
            <bdi lang={code}>{name}</bdi>
          </Menu.Item>
        ))}
        {session.keepsPin && (
          <>
            <Menu.Divider />
            <Menu.Label>{messages.pin}</Menu.Label>
            <Menu.Item leftSection={<Icon of={IconPassword} />} onClick={onPin} data-testid="set-pin">
              {messages.setPin}
            </Menu.Item>
          </>
        )}
        <Menu.Divider />
        <Menu.Label>{messages.keyboard}</Menu.Label>
        <Menu.Item
          role="menuitemcheckbox"
          aria-checked={single}
          leftSection={mark(single)}
          closeMenuOnClick={false}
          onClick={() => singleKeys.set(!single)}
          data-testid="single-keys"
        >
          {messages.singleKeys}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Search, the state of the connection and of sync, and who works here: the same on every screen. */
export function AppBar({ session, searchRef }: { session: SessionView; searchRef: RefObject<HTMLInputElement | null> }) {
  const [pinOpen, setPinOpen] = useState(false);
  return (
    <header className={styles.bar}>
      <SearchBox inputRef={searchRef} />
      <div className={styles.end}>
        <StatusArea />
        <span className={styles.rule} />
        <UserMenu session={session} onPin={() => setPinOpen(true)} />
        <Action icon={IconLock} onClick={lock} testId="lock" small>
          {messages.lock}
        </Action>
      </div>
      {pinOpen && <PinDialog onClose={() => setPinOpen(false)} />}
    </header>
  );
}

