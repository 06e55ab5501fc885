import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Icon } from "./Icon";
import styles from "./Strip.module.css";

export type StripTone = "critical" | "warning" | "plain";

interface StripProps {
  tone: StripTone;
  icon: TablerIcon;
  title: string;
  detail?: ReactNode;
  action?: ReactNode;
  testId?: string;
  /** Said at once by a screen reader, and not only found. */
  loud?: boolean;
}

/** One line across the screen that says what is the matter and offers what can be done. */
export function Strip({ tone, icon, title, detail, action, testId, loud = false }: StripProps) {
  return (
    <section className={styles.strip} data-tone={tone} data-testid={testId} aria-label={title}>
      <Icon of={icon} size={18} />
      <p role={loud ? "alert" : undefined}>
        <strong>
          <bdi>{title}</bdi>
        </strong>{" "}
        {detail}
      </p>
      {action && <span className={styles.actions}>{action}</span>}
    </section>
  );
}
