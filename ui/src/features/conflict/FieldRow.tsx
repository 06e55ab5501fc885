import { IconHistory } from "@tabler/icons-react";
import type { ConflictView, FieldView, SideView } from "../../backend";
import { DiffText } from "../../components/DiffText";
import { Icon } from "../../components/Icon";
import { KeyHint } from "../../components/KeyHint";
import { TextAction } from "../../components/Actions";
import type { FieldActions } from "./fieldActions";
import styles from "./FieldTable.module.css";
import { HighRisk } from "./Marks";
import { messages } from "./messages";
import { ResultCell } from "./ResultCell";

interface FieldRowProps {
  field: FieldView;
  view: ConflictView;
  actions: FieldActions;
}

/** What picking this side means, in words; a deletion is never a blank column. */
function pickWords(own: SideView, other: SideView): string {
  if (own.deleted) return messages.confirmDelete;
  return other.deleted ? messages.keepEdited : messages.useThis;
}

interface SideCellProps extends FieldRowProps {
  side: "device" | "server";
  isActive: boolean;
}

function SideCell({ field, view, actions, side, isActive }: SideCellProps) {
  const isDevice = side === "device";
  const own = isDevice ? view.device : view.server;
  const other = isDevice ? view.server : view.device;
  const picked = field.pick === side;
  return (
    <td className={styles.side}>
      <DiffText segments={isDevice ? field.device : field.server} tone={side} />
      <button
        type="button"
        className={styles.pick}
        aria-pressed={picked}
        data-testid={`pick-${side}`}
        onClick={() => {
          actions.activate(field.path);
          actions.pick(field.path, side);
        }}
      >
        <span className={styles.circle} aria-hidden />
        {pickWords(own, other)}
        <span className="visually-hidden">{`: ${field.label}, ${own.label}`}</span>
        {isActive && <KeyHint keys={isDevice ? "1" : "2"} />}
      </button>
    </td>
  );
}

function BeforeRow({ field, actions, isActive }: Omit<FieldRowProps, "view"> & { isActive: boolean }) {
  return (
    <tr className={styles.before} data-active={isActive || undefined} data-testid="before-row">
      <td colSpan={4}>
        <div>
          <Icon of={IconHistory} />
          <span>{messages.before}</span>
          <strong>
            <bdi>{field.before || messages.notRecorded}</bdi>
          </strong>
          <TextAction onClick={() => actions.pick(field.path, "before")}>{messages.useBefore}</TextAction>
          {isActive && (
            <span className={styles.beforeKey}>
              <KeyHint keys="B" />
            </span>
          )}
        </div>
      </td>
    </tr>
  );
}

/** One conflicting field: what each side made of it, and what comes out. */
export function FieldRow({ field, view, actions }: FieldRowProps) {
  const isActive = field.path === actions.active;
  const state = field.pick === "undecided" ? messages.choose : field.result;
  return (
    <>
      <tr
        role="row"
        className={styles.row}
        tabIndex={isActive ? 0 : -1}
        aria-label={[field.label, field.highRisk && messages.highRisk, field.spoken, `${messages.result}: ${state}`, field.why]
          .filter(Boolean)
          .join(". ")}
        data-testid="conflict-row"
        data-path={field.path}
        data-active={isActive || undefined}
        data-pick={field.pick}
        onFocus={() => actions.activate(field.path)}
        onClick={() => actions.activate(field.path)}
      >
        <th scope="row">
          <bdi>{field.label}</bdi>
          {field.highRisk && <HighRisk />}
          {isActive && field.why && (
            <span className={styles.why} data-testid="field-why">
              <bdi>{field.why}</bdi>
            </span>
          )}
        </th>
        <SideCell field={field} view={view} actions={actions} side="device" isActive={isActive} />
        <ResultCell field={field} view={view} actions={actions} isActive={isActive} />
        <SideCell field={field} view={view} actions={actions} side="server" isActive={isActive} />
      </tr>
      {actions.beforeShown.has(field.path) && <BeforeRow field={field} actions={actions} isActive={isActive} />}
    </>
  );
}
