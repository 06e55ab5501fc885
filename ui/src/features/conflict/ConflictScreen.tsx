import { IconBraces, IconColumns3, IconRefreshAlert, IconSignature, IconTable } from "@tabler/icons-react";
import { useCallback, useEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { announce } from "../../app/announce";
import { runKeys, useWindowKeys } from "../../app/keys";
import { createStore, useStore } from "../../app/store";
import type { ConflictView, PickView } from "../../backend";
import { Action } from "../../components/Actions";
import { DiffSign } from "../../components/DiffText";
import { Icon } from "../../components/Icon";
import { PatientBanner } from "../../components/PatientBanner";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { AcceptBar } from "./AcceptBar";
import { CaseButton, CaseStrip } from "./CaseStrip";
import styles from "./ConflictScreen.module.css";
import { FieldTable } from "./FieldTable";
import { KeyBar } from "./KeyBar";
import { messages } from "./messages";
import { Panes } from "./Panes";
import { Proposal } from "./Proposal";
import { Queue } from "./Queue";
import { RawDialog } from "./RawDialog";
import type { FieldActions } from "./fieldActions";
import { nextUndecided, step } from "./steps";
import { usePoliteProgress } from "./usePoliteProgress";
import type { Decision } from "./useDecision";
import { useDecision } from "./useDecision";
import { useAccepting } from "./useAccepting";

type Look = "table" | "panes";

/** Table or panes: kept from one conflict to the next. */
const chosenLook = createStore<Look>("table");

/** Says in words when one side deleted the record. */
function Deletion({ view }: { view: ConflictView }) {
  const sides = [view.device, view.server];
  const deleted = sides.find((side) => side.deleted);
  const kept = sides.find((side) => !side.deleted);
  if (!deleted) return null;
  return (
    <p className={styles.strip} data-testid="deleted-in-words">
      <strong>{kept ? messages.deletedBy(deleted.person, deleted.label) : messages.bothDeleted}</strong>{" "}
      {kept && messages.editedBy(kept.person, kept.label)} {messages.bothKept}
    </p>
  );
}

/** Both texts of a signed note can be kept: neither is merged into the other. */
function KeepBoth({ view, keep }: { view: ConflictView; keep: () => void }) {
  const both = view.keepBoth;
  if (!both) return null;
  return (
    <div className={styles.both} data-testid="keep-both-strip">
      <p>
        <bdi>{both.text}</bdi>
      </p>
      <Action icon={IconSignature} keys="3" pressed={both.chosen} onClick={keep} testId="keep-both">
        {both.label}
      </Action>
    </div>
  );
}

function Head({ view, look }: { view: ConflictView; look: Look }) {
  const [isRaw, setRaw] = useState(false);
  return (
    <header className={styles.head}>
      <div className={styles.what}>
        <h2>
          <bdi>{view.title}</bdi>
        </h2>
        <span className={styles.subtitle}>
          <bdi>{view.subtitle}</bdi>
        </span>
      </div>
      <span className={styles.tools}>
        <span className={styles.left} data-decided={view.left === 0 || undefined} data-testid="left-text">
          <bdi>{view.leftText}</bdi>
        </span>
        {look === "panes" && (
          <span className={styles.subtitle} data-testid="queue-text">
            <bdi>{view.queueText}</bdi>
          </span>
        )}
        <span className={styles.legend}>
          <span>
            <DiffSign op="added" /> <ins>{messages.added}</ins>
          </span>
          <span>
            <DiffSign op="removed" /> <del>{messages.removed}</del>
          </span>
        </span>
        {view.mayShowRaw && (
          <Action icon={IconBraces} onClick={() => setRaw(true)} testId="raw-open">
            {messages.raw}
          </Action>
        )}
        <CaseButton view={view} />
        {view.record.length > 0 && (
          <Action
            icon={look === "table" ? IconColumns3 : IconTable}
            keys="F"
            testId="view-toggle"
            onClick={() => chosenLook.set(look === "table" ? "panes" : "table")}
          >
            {look === "table" ? messages.panes : messages.fieldTable}
          </Action>
        )}
      </span>
      {isRaw && <RawDialog view={view} onClose={() => setRaw(false)} />}
    </header>
  );
}

/** Opened from the keyboard or by following a link: then the table takes the focus, else it is left alone. */
const isFree = (): boolean => document.activeElement === document.body || document.activeElement?.id === "content";

function Conflict({ view, decision }: { view: ConflictView; decision: Decision }) {
  const stored = useStore(chosenLook);
  const look: Look = view.record.length > 0 ? stored : "table";
  const first = view.fields[0]?.path ?? "";
  const [active, setActive] = useState(first);
  const [editing, setEditing] = useState<string>();
  const [beforeShown, setBeforeShown] = useState<ReadonlySet<string>>(new Set([first]));
  const work = useRef<HTMLDivElement>(null);
  const { choose, undo } = decision;
  usePoliteProgress(view.queueText);

  const focusRow = useCallback((path: string): void => {
    setActive(path);
    const rows = work.current?.querySelectorAll<HTMLElement>('[data-testid="conflict-row"]') ?? [];
    for (const row of rows) if (row.dataset["path"] === path) row.focus();
  }, []);

  useEffect(() => {
    // After the shell has given the focus to the new screen.
    queueMicrotask(() => {
      if (isFree()) focusRow(first);
    });
  }, [first, focusRow]);

  const look0 = useRef(look);
  useEffect(() => {
    if (look0.current === look) return;
    look0.current = look;
    focusRow(active);
  }, [look, active, focusRow]);

  const field = view.fields.find((each) => each.path === active);
  const { proposal } = view.case;
  const pick = (path: string, value: PickView, text?: string): void => {
    if (proposal) {
      announce(messages.proposalWaits);
      return;
    }
    choose.mutate(
      { path, pick: value, ...(text === undefined ? {} : { text }) },
      {
        onSuccess: (decided) => {
          if (value === "edited") {
            setEditing(undefined);
            focusRow(path);
          }
          // The focus stays in the row, where the keys mean what they meant; what comes next is said.
          const chosen = decided.fields.find((each) => each.path === path);
          if (decided.left === 0 && chosen) {
            const words = messages.decided(chosen.label, chosen.result, decided.leftText);
            announce(`${words} ${accepting.askedNext(decided)}`);
          }
          if (decided.keepBoth?.chosen && decided.keepBoth.path === path) {
            announce(`${decided.keepBoth.label}. ${decided.leftText}. ${accepting.askedNext(decided)}`);
          }
        },
      },
    );
  };
  const toggleBefore = (path: string): void => {
    const next = new Set(beforeShown);
    if (!next.delete(path)) next.add(path);
    setBeforeShown(next);
  };
  const actions: FieldActions = {
    active,
    editing,
    beforeShown,
    problem: choose.error,
    pick,
    toggleBefore,
    activate: setActive,
    edit: (path) => {
      choose.reset();
      setEditing(path);
    },
    closeEditor: (path) => {
      setEditing(undefined);
      focusRow(path);
    },
  };
  const takeBack = (): void => {
    if (!view.canUndo) return;
    // The button goes with the last choice; the keys go on.
    undo.mutate(undefined, { onSettled: () => requestAnimationFrame(() => isFree() && focusRow(active)) });
  };
  const accepting = useAccepting(view, decision, (path) => focusRow(path));
  useWindowKeys({ "Ctrl+Enter": proposal ? undefined : accepting.tryAccept });

  const { keepBoth: bothNotes } = view;
  const keepBoth = bothNotes && !proposal ? () => pick(bothNotes.path, "both") : undefined;
  const toggleLook = view.record.length > 0 ? () => chosenLook.set(look === "table" ? "panes" : "table") : undefined;
  const onKey = (event: KeyboardEvent): void => {
    if (editing !== undefined) return;
    const { target } = event;
    const path = field?.path;
    const rows = view.fields.map((each) => each.path);
    const isRow = target instanceof HTMLElement && target.dataset["testid"] === "conflict-row";
    const isInTable = target instanceof Node && work.current?.contains(target) === true;
    runKeys(event, {
      ...(isInTable && {
        ArrowDown: () => focusRow(step(rows, active, 1)),
        ArrowUp: () => focusRow(step(rows, active, -1)),
      }),
      ...(!proposal && (isRow || target === accepting.confirmRef.current) && { Enter: accepting.tryAccept }),
      N: () => focusRow(nextUndecided(view.fields, active, 1)),
      P: () => focusRow(nextUndecided(view.fields, active, -1)),
      "1": path === undefined ? undefined : () => pick(path, "device"),
      "2": path === undefined ? undefined : () => pick(path, "server"),
      "3": keepBoth ?? (path !== undefined && field?.canKeepBoth ? () => pick(path, "both") : undefined),
      E: path !== undefined && field?.edit.kind !== "none" ? () => actions.edit(path) : undefined,
      B: path === undefined ? undefined : () => toggleBefore(path),
      U: takeBack,
      R: accepting.nextReason,
      F: toggleLook,
    });
  };

  return (
    <>
      {view.banner && <PatientBanner banner={view.banner} />}
      <div className={styles.split} data-look={look}>
        {look === "table" && <Queue view={view} />}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys act for the rows inside, which hold the focus */}
        <section className={styles.work} aria-label={view.title} onKeyDown={onKey}>
          <Head view={view} look={look} />
          {view.stale && (
            <p className={styles.strip} role="status" data-testid="stale">
              <Icon of={IconRefreshAlert} /> {messages.stale}
            </p>
          )}
          <CaseStrip view={view} />
          {proposal && <Proposal view={view} proposal={proposal} />}
          <Deletion view={view} />
          {!proposal && <KeepBoth view={view} keep={() => keepBoth?.()} />}
          <div ref={work} className={styles.scroller}>
            {look === "table" ? (
              <FieldTable view={view} actions={actions} />
            ) : (
              <Panes view={view} actions={actions} />
            )}
          </div>
          {(choose.error ?? undo.error) && editing === undefined && <ErrorPanel error={choose.error ?? undo.error} />}
          {!proposal && (
            <AcceptBar view={view} accepting={accepting} undo={takeBack} leaveReason={() => focusRow(active)} />
          )}
          <KeyBar view={view} look={look} />
        </section>
      </div>
    </>
  );
}

/** One change made in two places: what each side did, what comes out, and a person's word on it. */
export function ConflictScreen({ id }: { id: string }) {
  const decision = useDecision(id);
  const { conflict } = decision;
  if (conflict.data) return <Conflict view={conflict.data} decision={decision} />;
  if (conflict.error) return <ErrorPanel error={conflict.error} retry={() => void conflict.refetch()} />;
  return <LoadingRows rows={10} />;
}

