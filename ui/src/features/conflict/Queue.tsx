import { href } from "../../app/route";
import type { ConflictView } from "../../backend";
import { HighRisk } from "./Marks";
import { messages } from "./messages";
import styles from "./Queue.module.css";

/** The open conflicts in inbox order, this one marked. */
export function Queue({ view }: { view: ConflictView }) {
  return (
    <nav className={styles.queue} aria-label={messages.queue}>
      <header>
        <h2>{messages.title}</h2>
        <p><bdi>{view.queueText}</bdi></p>
      </header>
      <ul>
        {view.queue.map((row) => (
          <li key={row.id}>
            <a
              href={href({ screen: "conflict", id: row.id })}
              aria-current={row.id === view.id ? "true" : undefined}
              data-testid={`queue-row-${row.id}`}
            >
              <strong>
                <bdi>{row.name}</bdi>
              </strong>
              <span className={styles.ids}>
                <bdi>{row.born}</bdi> · <bdi>{row.identifier}</bdi>
              </span>
              <span>
                <bdi>{row.item}</bdi>
              </span>
              {row.highRisk && <HighRisk />}
              {(row.origin || row.stage) && (
                <span className={styles.ids}>
                  <bdi>{row.origin ? messages.fromDevice(row.origin) : row.stage}</bdi>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
