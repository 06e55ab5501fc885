import { useState } from "react";
import type { DocumentView } from "../../backend";
import { EmptyState } from "../../components/States";
import { messages } from "./messages";
import styles from "./DocumentsTab.module.css";

/** Documents in a list, the text of the chosen one beside it. */
export function DocumentsTab({ documents, empty }: { documents: DocumentView[]; empty: string }) {
  const [key, setKey] = useState("");
  const chosen = documents.find((each) => each.key === key) ?? documents[0];
  if (!chosen) return <EmptyState title={empty} detail={messages.onDeviceOnly} />;
  const readable = documents.some((each) => each.text !== null);
  return (
    <div className={styles.split} data-readable={readable || undefined}>
      <ul className={styles.list}>
        {documents.map((each) => (
          <li key={each.key}>
            <button
              type="button"
              className={styles.item}
              aria-current={(readable && each === chosen) || undefined}
              onClick={() => setKey(each.key)}
            >
              <span className={styles.line}>
                <strong><bdi>{each.title}</bdi></strong>
                <span><bdi>{each.date}</bdi></span>
              </span>
              <span className={styles.detail}><bdi>{each.detail}</bdi></span>
            </button>
          </li>
        ))}
      </ul>
      {readable && (
        <article className={styles.text} aria-label={chosen.title}>
          <h2><bdi>{chosen.title}</bdi></h2>
          <p className={styles.detail}>
            <bdi>
              {chosen.date} · {chosen.detail}
            </bdi>
          </p>
          {chosen.text === null ? (
            <p className={styles.none}>{messages.noText}</p>
          ) : (
            <p className={styles.body} dir="auto">
              {chosen.text}
            </p>
          )}
        </article>
      )}
    </div>
  );
}
