import {
  IconAlertTriangle,
  IconArrowDown,
  IconCircleCheck,
  IconDeviceLaptop,
  IconDevices,
  IconHistory,
  IconServer,
  IconStack2,
  IconUser,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { runKeys } from "../../app/keys";
import { announce } from "../../app/announce";
import { keys } from "../../app/query";
import { go } from "../../app/route";
import { backend } from "../../backend";
import type { InboxRow, InboxView } from "../../backend";
import { Action, TextAction } from "../../components/Actions";
import { Chips } from "../../components/Chips";
import { Icon } from "../../components/Icon";
import { KeyHint } from "../../components/KeyHint";
import { LinkRow } from "../../components/LinkRow";
import { EmptyState, ErrorPanel, LoadingRows } from "../../components/States";
import { BulkDialog } from "../past/BulkDialog";
import { Decided } from "../past/Decided";
import { messages as past } from "../past/messages";
import { CaseDialog } from "./CaseDialog";
import { InboxPreview } from "./InboxPreview";
import styles from "./InboxScreen.module.css";
import { HighRisk } from "./Marks";
import { messages } from "./messages";

type Which = "allOpen" | "highRisk" | "mine" | "others" | "decided";

const isOf: Record<Which, (row: InboxRow) => boolean> = {
  allOpen: () => true,
  highRisk: (row) => row.highRisk,
  mine: (row) => row.mine,
  others: (row) => row.origin !== "",
  decided: () => false,
};

const open = (id: string): void => go({ screen: "conflict", id });

function Cells({ row }: { row: InboxRow }) {
  return (
    <>
      <td>
        <bdi>{row.item}</bdi>
        <span className={styles.second}>
          <bdi>{row.what}</bdi>
          {row.origin && (
            <>
              {" · "}
              <bdi>{messages.fromDevice(row.origin)}</bdi>
            </>
          )}
        </span>
      </td>
      <td>
        <span className={styles.device}>
          <Icon of={IconDeviceLaptop} size={14} />
          <span className="visually-hidden">{row.deviceLabel}</span> <bdi>{row.deviceWho}</bdi>
        </span>
        <span className={styles.server}>
          <Icon of={IconServer} size={14} />
          <span className="visually-hidden">{messages.server}</span> <bdi>{row.serverWho}</bdi>
        </span>
      </td>
      <td className={styles.age}><bdi>{row.age}</bdi></td>
      <td className={styles.assignee} data-mine={row.mine || undefined}>
        <bdi>{row.assignee || (row.stage && messages.nobody)}</bdi>
        {row.stage && (
          <span className={styles.second}>
            <bdi>{row.stage}</bdi>
          </span>
        )}
      </td>
    </>
  );
}

function Table({ rows, selected, select }: { rows: InboxRow[]; selected: InboxRow; select: (id: string) => void }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const at = rows.indexOf(selected);
  const focusRow = (index: number): void =>
    body.current?.querySelector<HTMLElement>(`[data-index="${index}"] button`)?.focus();

  // The list takes the focus when the screen opens, so that the arrows move and Enter opens.
  useEffect(() => {
    if (document.activeElement?.id === "content") focusRow(0);
  }, []);

  const move = (to: number): void => {
    const next = Math.min(Math.max(to, 0), rows.length - 1);
    const row = rows[next];
    if (!row) return;
    select(row.id);
    focusRow(next);
  };

  return (
    <table className={styles.table} aria-label={messages.title}>
      <thead>
        <tr>
          <th scope="col" aria-sort="descending">
            {messages.risk} <Icon of={IconArrowDown} size={14} />
          </th>
          <th scope="col">{messages.patient}</th>
          <th scope="col">{messages.item}</th>
          <th scope="col">{messages.sides}</th>
          <th scope="col">{messages.age}</th>
          <th scope="col">{messages.assignee}</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row, index) => (
          <LinkRow
            key={row.id}
            index={index}
            testId={`inbox-row-${row.id}`}
            selected={row === selected}
            lead={<td className={styles.lead}>{row.highRisk ? <HighRisk /> : messages.routine}</td>}
            name={<bdi>{row.name}</bdi>}
            extras={
              <span className={styles.ids}>
                <bdi>{row.born}</bdi> · <bdi>{row.identifier}</bdi>
              </span>
            }
            onSelect={() => {
              select(row.id);
              focusRow(index);
            }}
            onActivate={() => open(row.id)}
            onFocus={() => select(row.id)}
            onKeyDown={(event) => {
              const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
              if (to === undefined) return;
              event.preventDefault();
              move(to);
            }}
          >
            <Cells row={row} />
          </LinkRow>
        ))}
      </tbody>
    </table>
  );
}

/** The clinic's word on one conflict, without opening it. */
function CaseOf({ id, onClose }: { id: string; onClose: () => void }) {
  const view = useQuery({ queryKey: keys.conflict(id), queryFn: () => backend.conflict(id) }).data;
  if (!view) return null;
  return <CaseDialog id={id} caseView={view.case} title={view.title} banner={view.banner} onClose={onClose} />;
}

function Inbox({ inbox }: { inbox: InboxView }) {
  const [which, setWhich] = useState<Which>("allOpen");
  const [id, setId] = useState("");
  const [asked, setAsked] = useState("");
  const [many, setMany] = useState(false);
  const counted = (kind: Which): number => inbox.rows.filter(isOf[kind]).length;
  const chips = [
    { value: "allOpen" as const, label: messages.allOpen },
    { value: "highRisk" as const, label: messages.highRiskOnly(inbox.highRisk), icon: IconAlertTriangle },
    ...(counted("mine") > 0 ? [{ value: "mine" as const, label: messages.mine(counted("mine")), icon: IconUser }] : []),
    ...(counted("others") > 0
      ? [{ value: "others" as const, label: messages.ofOthers(counted("others")), icon: IconDevices }]
      : []),
    { value: "decided" as const, label: past.decided(inbox.resolvedToday), icon: IconHistory },
  ];
  const nextChip = (): void => {
    const at = chips.findIndex((chip) => chip.value === which);
    const next = chips[(at + 1) % chips.length];
    if (!next) return;
    setWhich(next.value);
    // The row that held the focus may be gone; the keys go on from the filter.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) {
        document.querySelector<HTMLElement>(`[data-testid="chip-${next.value}"]`)?.focus();
      }
    });
    announce(next.value === "decided" ? past.decidedList : `${next.label}. ${messages.rows(counted(next.value))}`);
  };
  const rows = inbox.rows.filter(isOf[which]);
  const selected = rows.find((row) => row.id === id) ?? rows[0];
  return (
    <div className={styles.screen}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys act for the rows inside, which hold the focus */}
      <section
        className={styles.list}
        aria-labelledby="inbox-title"
        onKeyDown={(event) => {
          runKeys(event, { A: selected && (() => setAsked(selected.id)), F: nextChip, M: () => setMany(true) });
        }}
      >
        <header className={styles.head}>
          <h1 id="inbox-title">{messages.title}</h1>
          <span>
            {[
              messages.open(inbox.rows.length),
              messages.highRiskCount(inbox.highRisk),
              messages.mergedToday(inbox.mergedToday),
            ].join(" · ")}
          </span>
        </header>
        <div className={styles.filters}>
            <Chips
              label={messages.which}
              value={which}
              onChange={setWhich}
              chips={chips}
            />
            {inbox.rows.length > 0 && which !== "decided" && <span>{messages.sorted}</span>}
            {inbox.rows.length > 1 && (
              <Action small icon={IconStack2} keys="M" onClick={() => setMany(true)} testId="bulk-open">
                {past.many}
              </Action>
            )}
        </div>
        <div className={styles.scroller}>
          {selected && <Table rows={rows} selected={selected} select={setId} />}
          {which === "decided" && <Decided />}
          {inbox.rows.length === 0 && which !== "decided" && (
            <EmptyState
              icon={IconCircleCheck}
              title={messages.nothing}
              detail={messages.nothingDetail(inbox.mergedToday)}
            />
          )}
          {inbox.rows.length > 0 && rows.length === 0 && which !== "decided" && (
            <EmptyState
              icon={IconCircleCheck}
              title={which === "highRisk" ? messages.noHighRisk : messages.noneOfThese}
              action={<TextAction onClick={() => setWhich("allOpen")}>{messages.showAll}</TextAction>}
            />
          )}
        </div>
        {selected && (
          <footer className={styles.foot}>
            <span>
              <KeyHint keys="↑" /> <KeyHint keys="↓" /> {messages.move}
            </span>
            <span>
              <KeyHint keys="Enter" /> {messages.openIt.toLowerCase()}
            </span>
            <span>
              <KeyHint keys="A" /> {messages.assign}
            </span>
            <span>
              <KeyHint keys="F" /> {messages.filter}
            </span>
            <span className={styles.count}>{messages.rows(rows.length)}</span>
          </footer>
        )}
      </section>
      {selected && <InboxPreview row={selected} onOpen={() => open(selected.id)} />}
      {many && <BulkDialog onClose={() => setMany(false)} />}
      {asked && <CaseOf id={asked} onClose={() => setAsked("")} />}
    </div>
  );
}

/** Every change made in two places that a person has to decide, by risk and then by age. */
export function InboxScreen() {
  const inbox = useQuery({ queryKey: keys.inbox, queryFn: () => backend.inbox() });
  if (inbox.data) return <Inbox inbox={inbox.data} />;
  if (inbox.error) return <ErrorPanel error={inbox.error} retry={() => void inbox.refetch()} />;
  return <LoadingRows rows={10} />;
}
