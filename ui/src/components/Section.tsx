import { useId } from "react";
import type { ReactNode } from "react";
import styles from "./Section.module.css";

interface SectionProps {
  title: ReactNode;
  /** Said beside the title. */
  aside?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

/** A titled part of a screen. */
export function Section({ title, aside, action, children }: SectionProps) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        {aside && <span className={styles.aside}>{aside}</span>}
        {action && <span className={styles.action}>{action}</span>}
      </header>
      {children}
    </section>
  );
}
