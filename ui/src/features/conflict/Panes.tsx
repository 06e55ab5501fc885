import { IconChevronLeft, IconChevronRight, IconChevronsLeft, IconChevronsRight } from "@tabler/icons-react";
import { Fragment } from "react";
import type { ConflictView, RecordLine } from "../../backend";
import { DiffText } from "../../components/DiffText";
import { Icon } from "../../components/Icon";
import { ChangeMap } from "./ChangeMap";
import type { FieldActions } from "./fieldActions";
import { FieldEditor } from "./FieldEditor";
import { Choose, HighRisk, MergedOrigin, Origin } from "./Marks";
import { messages } from "./messages";
import styles from "./Panes.module.css";
import { DeviceHead, ResultHead, ServerHead } from "./SideHeads";

interface LineProps {
  line: RecordLine;
  view: ConflictView;
  actions: FieldActions;
}

interface ArrowProps extends LineProps {
  side: "device" | "server";
}

/** Takes a side over into the result: a large target between the columns. */
function Arrow({ line, view, actions, side }: ArrowProps) {
  const { path } = line;
  const isDevice = side === "device";
  if (path === null || !line.conflict) {
    const merged = line.from === side || line.from === "both";
    return (
      <span className={styles.mergedArrow} data-tone={side}>
        {merged && <Icon of={isDevice ? IconChevronRight : IconChevronLeft} />}
      </span>
    );
  }
  const own = isDevice ? view.device : view.server;
  return (
    <button
      type="button"
      className={styles.arrow}
      data-tone={side}
      data-testid={`pick-${side}`}
      aria-pressed={line.from === side}
      aria-label={messages.useSide(line.label, own.label)}
      onClick={() => {
        actions.activate(path);
        actions.pick(path, side);
      }}
    >
      <Icon of={isDevice ? IconChevronsRight : IconChevronsLeft} />
    </button>
  );
}

function Result({ line, view, actions }: LineProps) {
  const field = view.fields.find((each) => each.path === line.path);
  if (field && actions.editing === field.path) return <FieldEditor field={field} actions={actions} />;
  if (line.conflict && line.from === "undecided") return <Choose />;
  return (
    <span className={styles.resultText}>
      <span className={line.conflict || line.from !== "before" ? styles.strong : undefined} dir="auto">
        {line.result || messages.waits}
      </span>
      {line.conflict ? <Origin pick={line.from} sides={view} /> : <MergedOrigin from={line.from} sides={view} />}
    </span>
  );
}

function Line(props: LineProps) {
  const { line, view, actions } = props;
  const { path } = line;
  const isActive = path !== null && line.conflict && path === actions.active;
  const field = view.fields.find((each) => each.path === path);
  const cells = (
    <>
      <th scope="row">
        <bdi>{line.label}</bdi>
        {line.conflict && line.highRisk && <HighRisk />}
      </th>
      <td className={styles.device}>
        <DiffText segments={line.device} tone="device" />
      </td>
      <td className={styles.between}>
        <Arrow {...props} side="device" />
      </td>
      <td className={styles.result} data-testid="result">
        <Result {...props} />
      </td>
      <td className={styles.between}>
        <Arrow {...props} side="server" />
      </td>
      <td className={styles.server}>
        <DiffText segments={line.server} tone="server" />
      </td>
    </>
  );
  if (path === null || !line.conflict) return <tr className={styles.line}>{cells}</tr>;
  return (
     
    <tr
      role="row"
      className={styles.line}
      tabIndex={isActive ? 0 : -1}
      aria-label={[line.label, line.highRisk && messages.highRisk, field?.spoken, line.result || messages.choose]
        .filter(Boolean)
        .join(". ")}
      data-testid="conflict-row"
      data-path={path}
      data-conflict
      data-active={isActive || undefined}
      onFocus={() => actions.activate(path)}
      onClick={() => actions.activate(path)}
    >
      {cells}
    </tr>
  );
}

/** The whole record of both sides beside the result, line by line, scrolled together. */
export function Panes({ view, actions }: { view: ConflictView; actions: FieldActions }) {
  return (
    <div className={styles.frame}>
      <table role="grid" aria-label={messages.record} className={styles.table}>
        <colgroup>
          <col style={{ inlineSize: 124 }} />
          <col />
          <col style={{ inlineSize: 38 }} />
          <col />
          <col style={{ inlineSize: 38 }} />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className={styles.corner}>
              <span className="visually-hidden">{messages.field}</span>
            </th>
            <DeviceHead side={view.device} colSpan={2} />
            <ResultHead left={view.left} />
            <ServerHead side={view.server} colSpan={2} />
          </tr>
        </thead>
        <tbody>
          {view.record.map((line, i) => (
            <Fragment key={`${line.path ?? line.label} ${String(i)}`}>
              {line.section && (
                <tr className={styles.section}>
                  <th scope="rowgroup" colSpan={3}>
                    <bdi>{line.section}</bdi>
                  </th>
                  <td className={styles.result} />
                  <td colSpan={2} />
                </tr>
              )}
              <Line line={line} view={view} actions={actions} />
            </Fragment>
          ))}
        </tbody>
      </table>
      <ChangeMap lines={view.record} />
    </div>
  );
}
