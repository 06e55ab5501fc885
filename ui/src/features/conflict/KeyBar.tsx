import { singleKeys, useSingleKeys } from "../../app/keys";
import type { ConflictView } from "../../backend";
import { TextAction } from "../../components/Actions";
import { KeyHint } from "../../components/KeyHint";
import styles from "./KeyBar.module.css";
import { messages } from "./messages";

/** The keys of this screen, and the switch that turns the single ones off. */
export function KeyBar({ view, look }: { view: ConflictView; look: "table" | "panes" }) {
  const on = useSingleKeys();
  const names = messages.keys;
  const single: [string, string][] = [
    ["N", names.next],
    ["P", names.previous],
    ["1", names.device],
    ["2", names.server],
    ...(view.keepBoth || view.fields.some((field) => field.canKeepBoth) ? [["3", names.both] as [string, string]] : []),
    ...(view.fields.some((field) => field.edit.kind !== "none") ? [["E", names.edit] as [string, string]] : []),
    ["B", names.before],
    ["U", names.undo],
    ["R", names.reason],
    ...(view.case.escalated || view.case.mayEscalate ? [["C", names.clinic] as [string, string]] : []),
    ...(view.record.length > 0
      ? [["F", (look === "table" ? messages.panes : messages.fieldTable).toLowerCase()] as [string, string]]
      : []),
  ];
  const shown: [string, string][] = [...(on ? single : []), [on && view.left === 0 ? "Enter" : "Ctrl Enter", names.accept]];
  return (
    <div className={styles.bar}>
      <ul>
        {shown.map(([key, word]) => (
          <li key={key}>
            <KeyHint keys={key} /> <span className="visually-hidden">{key}:</span>
            {word}
          </li>
        ))}
      </ul>
      <TextAction onClick={() => singleKeys.set(!on)} testId="single-keys-switch">
        {on ? messages.turnOff : messages.turnOn}
      </TextAction>
    </div>
  );
}
