import type { Segment, SegmentOp } from "../backend";
import styles from "./DiffText.module.css";
import { messages } from "./messages";

/** The sign is a drawn box, never a character beside a digit: "−4" would be a dose error. */
export function DiffSign({ op }: { op: Exclude<SegmentOp, "same"> }) {
  const added = op === "added";
  return (
    <svg className={styles.sign} data-op={op} width={13} height={13} viewBox="0 0 13 13" aria-hidden focusable={false}>
      <rect x="0.5" y="0.5" width="12" height="12" rx="2" />
      <path d={added ? "M3.5 6.5h6M6.5 3.5v6" : "M3.5 6.5h6"} />
    </svg>
  );
}

interface DiffTextProps {
  segments: Segment[];
  tone: "device" | "server" | "plain";
}

/** Words with what was taken out and what was put in, against the value before both. */
export function DiffText({ segments, tone }: DiffTextProps) {
  if (segments.length === 0) return <span className={styles.none}>{messages.notRecorded}</span>;
  return (
    <span className={styles.text} data-tone={tone} dir="auto">
      {segments.map((segment, i) => {
        const key = `${String(i)} ${segment.text}`;
        if (segment.op === "same") return <span key={key}>{segment.text}</span>;
        const Tag = segment.op === "removed" ? "del" : "ins";
        // A stroke through the space after a word would read as a sign of its own.
        const [, before = "", words = "", after = ""] = /^(\s*)(.*?)(\s*)$/s.exec(segment.text) ?? [];
        return (
          <span key={key} className={styles.change}>
            {before}
            <DiffSign op={segment.op} />
            {/* Isolated: the word must not lend its direction to the text around it. */}
            <bdi className="visually-hidden"> {segment.op === "removed" ? messages.removed : messages.added} </bdi>
            <Tag dir="auto">{words}</Tag>
            {after}
          </span>
        );
      })}
    </span>
  );
}
