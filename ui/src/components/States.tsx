import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { BackendError } from "../backend";
import { Action } from "./Actions";
import { Icon } from "./Icon";
import { messages } from "./messages";
import styles from "./States.module.css";

interface EmptyStateProps {
  title: string;
  detail?: ReactNode;
  icon?: TablerIcon;
  action?: ReactNode;
}

/** What is absent, why, and one action. */
export function EmptyState({ title, detail, icon = IconInfoCircle, action }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <Icon of={icon} size={20} />
      <div>
        <p className={styles.title}>{title}</p>
        {detail && <p className={styles.detail}>{detail}</p>}
        {action && <div className={styles.action}>{action}</div>}
      </div>
    </div>
  );
}

/** What happened, what is safe, what to do. */
export function ErrorPanel({ error, retry }: { error: unknown; retry?: () => void }) {
  const known = error instanceof BackendError;
  return (
    <div className={styles.empty} role="alert">
      <Icon of={IconAlertTriangle} size={20} className={styles.critical ?? ""} />
      <div>
        <p className={styles.title}>{known ? error.message : messages.unexpected}</p>
        {!known && <p className={styles.detail}>{messages.safe}</p>}
        {retry && (!known || error.retryable) && (
          <div className={styles.action}>
            <Action onClick={retry}>{messages.tryAgain}</Action>
          </div>
        )}
      </div>
    </div>
  );
}

/** Ruled placeholder rows, shown only when the answer takes longer than a glance. */
export function LoadingRows({ rows = 6 }: { rows?: number }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 300);
    return () => clearTimeout(timer);
  }, []);
  if (!slow) return null;
  return (
    <div role="status" className={styles.loading}>
      <span className="visually-hidden">{messages.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className={styles.placeholder} style={{ inlineSize: `${62 - ((row * 17) % 30)}%` }} />
      ))}
    </div>
  );
}
