import styles from "./Parts.module.css";

/** Words joined by middle dots, broken only between the parts: a date or an identifier never wraps. */
export function Parts({ text }: { text: string }) {
  const parts = text.split(" · ");
  return parts.map((part, i) => (
    <span key={`${String(i)} ${part}`}>
      <bdi className={styles.part}>{part}</bdi>
      {i < parts.length - 1 && " · "}
    </span>
  ));
}
