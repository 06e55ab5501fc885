import type { RecordLine } from "../../backend";
import styles from "./ChangeMap.module.css";

const kind = (line: RecordLine): string | null => {
  if (line.conflict) {
    if (line.from !== "undecided") return "decided";
    return line.highRisk ? "risk" : "open";
  }
  return line.from === "before" ? null : "merged";
};

/** Where in the record the changes lie. A picture of what the rows say in words. */
export function ChangeMap({ lines }: { lines: RecordLine[] }) {
  return (
    <div className={styles.map} aria-hidden>
      <div className={styles.track}>
        {lines.map((line, i) => {
          const mark = kind(line);
          return (
            mark && (
              <span
                key={`${line.label} ${String(i)}`}
                data-mark={mark}
                style={{ insetBlockStart: `${(i / lines.length) * 100}%`, blockSize: `${100 / lines.length}%` }}
              />
            )
          );
        })}
      </div>
    </div>
  );
}
