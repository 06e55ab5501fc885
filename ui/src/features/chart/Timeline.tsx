import type { TimelineItem } from "../../backend";
import { SyncBadge } from "../../components/SyncBadge";
import { messages } from "./messages";
import styles from "./Timeline.module.css";

const mark = (item: TimelineItem): string => {
  if (!item.sync) return "synced";
  return item.sync.state === "review" ? "review" : "local";
};

/** The story, newest first; an open ring is not on the server yet. */
export function Timeline({ items }: { items: TimelineItem[] }) {
  if (items.length === 0) return <p className={styles.none}>{messages.noTimeline}</p>;
  return (
    <ol className={styles.line}>
      {items.map((item, i) => (
        <li key={`$<bdi>{item.when}</bdi> $<bdi>{item.title}</bdi> ${String(i)}`} data-mark={mark(item)}>
          <span className={styles.when}><bdi>{item.when}</bdi></span>
          <strong><bdi>{item.title}</bdi></strong>
          {item.detail && <span className={styles.detail}><bdi>{item.detail}</bdi></span>}
          {item.sync && (
            <span className={styles.sync}>
              <SyncBadge badge={item.sync} />
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}
