import { IconArrowUp, IconUsers } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef, useState } from "react";
import { offerList } from "../../app/search";
import { go } from "../../app/route";
import type { PatientFilter, PatientListView, PatientRowView } from "../../backend";
import { Icon } from "../../components/Icon";
import { LinkRow } from "../../components/LinkRow";
import { SyncBadge } from "../../components/SyncBadge";
import { messages } from "./messages";
import { useRows } from "./pages";
import styles from "./PatientTable.module.css";

const rowPx = 40;
const headPx = 31;

const open = (row: PatientRowView): void => go({ screen: "chart", id: row.id, tab: "summary" });

/** Where the list was left, so that coming back from a chart finds it there. */
const left = { index: 0, scrollPx: 0, list: "" };

interface CellsProps {
  row: PatientRowView;
  label: string;
}

function Cells({ row, label }: CellsProps) {
  return (
    <>
      <td className={styles.born}>
        <bdi>{row.born}</bdi> {row.age && <bdi className={styles.age}>({row.age})</bdi>}
      </td>
      <td>{row.gender}</td>
      <td className="nowrap">
        {row.identifierLabel !== label && <span className={styles.age}>{row.identifierLabel} </span>}
        <bdi>{row.identifier}</bdi>
      </td>
      <td className="nowrap"><bdi>{row.lastSeen}</bdi></td>
      <td>
        <SyncBadge badge={row.sync} oneLine testId={`patient-sync-${row.id}`} />
      </td>
    </>
  );
}

function NameExtras({ row }: { row: PatientRowView }) {
  return (
    <>
      {row.similarName && (
        <span className={styles.similar}>
          <Icon of={IconUsers} size={15} />
          {messages.similar}
        </span>
      )}
      {row.deceased && <span className={styles.deceasedWord}>{messages.deceased}</span>}
    </>
  );
}

interface PatientTableProps {
  list: PatientListView;
  text: string;
  filter: PatientFilter;
  ranked: boolean;
}

/** The rows: only those on screen are in the document, however many thousand match. */
export function PatientTable({ list, text, filter, ranked }: PatientTableProps) {
  const name = `${filter}/${text}`;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(left.list === name ? left.index : 0);
  const takeFocus = useRef(false);

  const virtual = useVirtualizer({
    count: list.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
    initialOffset: left.list === name ? left.scrollPx : 0,
  });
  const items = virtual.getVirtualItems();
  const rowAt = useRows(text, filter, list, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  const label = list.rows[0]?.identifierLabel ?? messages.identifier;

  const shownName = useRef(name);
  useEffect(() => {
    if (shownName.current === name) return;
    shownName.current = name;
    setActive(0);
    scroller.current?.scrollTo({ top: 0 });
  }, [name]);

  useEffect(() => {
    Object.assign(left, { index: active, list: name });
  }, [active, name]);

  const move = useCallback(
    (to: number) => {
      const next = Math.min(Math.max(to, 0), list.total - 1);
      takeFocus.current = true;
      setActive(next);
      virtual.scrollToIndex(next);
      // The row may be on screen and unchanged, in which case nothing renders.
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"] button`)?.focus({ preventScroll: true });
    },
    [list.total, virtual],
  );

  useEffect(() => {
    if (!takeFocus.current) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"] button`);
    if (!row) return;
    row.focus({ preventScroll: true });
    takeFocus.current = false;
  });

  const first = list.rows[0];
  useEffect(
    () =>
      offerList(
        () => move(0),
        () => {
          if (first) open(first);
        },
      ),
    [move, first],
  );

  const jumps: Record<string, number> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + 12,
    PageUp: active - 12,
    Home: 0,
    End: list.total - 1,
  };
  const before = (items[0]?.start ?? headPx) - headPx;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? headPx) + headPx;

  return (
    <div
      ref={scroller}
      className={styles.scroller}
      onScroll={(event) => {
        left.scrollPx = event.currentTarget.scrollTop;
      }}
    >
      <table aria-rowcount={list.total + 1} className={styles.table} aria-label={messages.list}>
        <colgroup>
          <col />
          <col style={{ inlineSize: 172 }} />
          <col style={{ inlineSize: 92 }} />
          <col style={{ inlineSize: 128 }} />
          <col style={{ inlineSize: 116 }} />
          <col style={{ inlineSize: 200 }} />
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" aria-sort={ranked ? undefined : "ascending"}>
              {messages.name} {!ranked && <Icon of={IconArrowUp} size={14} />}
            </th>
            <th scope="col">{messages.born}</th>
            <th scope="col">{messages.gender}</th>
            <th scope="col">{label}</th>
            <th scope="col">{messages.lastSeen}</th>
            <th scope="col">{messages.sync}</th>
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden>
              <td colSpan={6} style={{ blockSize: before }} />
            </tr>
          )}
          {items.map(({ index }) => {
            const row = rowAt(index);
            if (!row) {
              return (
                <tr key={index} aria-rowindex={index + 2} className={styles.row} data-index={index}>
                  <th scope="row" className={styles.waiting}>
                    {messages.loadingRow}
                  </th>
                  <td colSpan={5} />
                </tr>
              );
            }
            return (
              <LinkRow
                key={index}
                className={`${styles.row ?? ""} ${row.deceased ? (styles.deceased ?? "") : ""}`}
                rowIndex={index + 2}
                index={index}
                testId={`patient-row-${row.id}`}
                selected={index === active}
                name={<bdi>{row.name}</bdi>}
                extras={<NameExtras row={row} />}
                onActivate={() => {
                  setActive(index);
                  open(row);
                }}
                onFocus={() => setActive(index)}
                onKeyDown={(event) => {
                  const to = jumps[event.key];
                  if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
                  event.preventDefault();
                  move(to);
                }}
              >
                <Cells row={row} label={label} />
              </LinkRow>
            );
          })}
          {after > 0 && (
            <tr aria-hidden>
              <td colSpan={6} style={{ blockSize: after }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
