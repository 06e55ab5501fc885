import styles from "./KeyHint.module.css";

/** A key's name in a box. Hidden from screen readers: `aria-keyshortcuts` on the control says it. */
export function KeyHint({ keys, onFilled = false }: { keys: string; onFilled?: boolean }) {
  return (
    <kbd aria-hidden className={onFilled ? `${styles.key ?? ""} ${styles.filled ?? ""}` : styles.key}>
      {keys}
    </kbd>
  );
}
