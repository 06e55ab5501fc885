import { IconArrowsJoin2, IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { VersionView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { Parts } from "../../components/Parts";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { messages } from "./messages";
import styles from "./past.module.css";
import { ReturnPanel } from "./ReturnPanel";

interface VersionProps {
  version: VersionView;
  title: string;
  ask: (asked: Asked) => void;
}

type Asked = { what: "takeBack"; conflictId: string } | { what: "bringBack"; version: number };

function Version({ version, title, ask }: VersionProps) {
  return (
    <li data-current={version.current || undefined} data-testid={`version-${String(version.version)}`}>
      <div>
        <strong className={styles.what}>
          {version.merged && <Icon of={IconArrowsJoin2} />}
          <bdi>{version.what}</bdi>
        </strong>
        <span className={styles.quiet}>
          <bdi>{version.when}</bdi>
          <br />
          <bdi>{version.who}</bdi>
          {version.place && (
            <>
              {" · "}
              <bdi>{version.place}</bdi>
            </>
          )}
        </span>
        {version.current && <p>{messages.stands}</p>}
      </div>
      <div className={styles.changed}>
        {version.sources.map((source) => (
          <span key={source} className={styles.quiet} data-testid="merge-source">
            <bdi>{source}</bdi>
          </span>
        ))}
        {version.outcome && <bdi>{version.outcome}</bdi>}
        {version.changes.map((line, i) => (
          <span key={`${String(i)} ${line.label}`}>
            <bdi>{line.label}</bdi>:{" "}
            <del>
              <bdi>{line.from}</bdi>
            </del>{" "}
            → <ins><bdi>{line.to}</bdi></ins>
          </span>
        ))}
        {version.reason && (
          <span className={styles.quiet}>
            <bdi>{messages.why(version.reason)}</bdi>
          </span>
        )}
      </div>
      <div className={styles.buttons}>
        {version.conflictId && (
          <Action
            small
            label={messages.takeBackLabel(title)}
            onClick={() => ask({ what: "takeBack", conflictId: version.conflictId })}
            testId="take-back"
          >
            {messages.takeBack}
          </Action>
        )}
        {version.mayReturn && (
          <Action
            small
            label={messages.bringBackLabel(version.when)}
            onClick={() => ask({ what: "bringBack", version: version.version })}
            testId={`bring-back-${String(version.version)}`}
          >
            {messages.bringBack}
          </Action>
        )}
      </div>
    </li>
  );
}

/** Every version of a record: who made it and how, and the way back. */
export function HistoryDialog({ recordKey, onClose }: { recordKey: string; onClose: () => void }) {
  const [asked, setAsked] = useState<Asked>();
  const history = useQuery({ queryKey: keys.history(recordKey), queryFn: () => backend.history(recordKey), gcTime: 0 });
  const view = history.data;
  const banner = view?.banner;
  const list = useRef<HTMLOListElement>(null);
  const done = (): void => {
    setAsked(undefined);
    // What held the focus is gone; the versions take it.
    requestAnimationFrame(() => list.current?.focus());
  };
  const title =
    asked === undefined
      ? messages.historyOf(view?.title ?? "")
      : asked.what === "takeBack"
        ? messages.takeBackTitle
        : messages.bringBackTitle;
  return (
    <Dialog
      wide
      title={title}
      patient={
        banner && (
          <Parts text={`${banner.name} · ${banner.born} · ${banner.identifierLabel} ${banner.identifier} · ${view.title}`} />
        )
      }
      onClose={onClose}
      testId="history-dialog"
    >
      {history.error && <ErrorPanel error={history.error} />}
      {!view && !history.error && <LoadingRows rows={6} />}
      {view && asked === undefined && (
        <ol ref={list} tabIndex={-1} className={styles.versions} aria-label={messages.versions}>
          {view.versions.map((version) => (
            <Version key={version.version} version={version} title={view.title} ask={setAsked} />
          ))}
        </ol>
      )}
      {asked?.what === "takeBack" && (
        <ReturnPanel
          of={["takeBack", asked.conflictId]}
          preview={() => backend.takeBackPreview(asked.conflictId)}
          act={(reason) => backend.takeBack(asked.conflictId, reason)}
          label={messages.takeBackNow}
          onBack={done}
          onDone={done}
        />
      )}
      {asked?.what === "bringBack" && (
        <ReturnPanel
          of={["bringBack", recordKey, String(asked.version)]}
          preview={() => backend.bringBackPreview(recordKey, asked.version)}
          act={(reason) => backend.bringBack(recordKey, asked.version, reason)}
          label={messages.bringBackNow}
          onBack={done}
          onDone={done}
        />
      )}
    </Dialog>
  );
}

interface HistoryButtonProps {
  recordKey: string;
  title: string;
  /** Words beside the icon, where there is room. */
  words?: boolean;
  /** Reads "View", where the words around it say of what. */
  view?: boolean;
}

/** Opens the history of a record. */
export function HistoryButton({ recordKey, title, words = false, view = false }: HistoryButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Action
        small
        {...(words ? { icon: IconHistory } : {})}
        label={view ? messages.viewOf(title) : messages.historyOf(title)}
        onClick={() => setOpen(true)}
        testId={`history-${recordKey}`}
      >
        {view ? messages.view : words ? messages.history : <Icon of={IconHistory} />}
      </Action>
      {isOpen && <HistoryDialog recordKey={recordKey} onClose={() => setOpen(false)} />}
    </>
  );
}
