import type { MedicationView, ProblemView } from "../../backend";
import { SyncBadge } from "../../components/SyncBadge";
import styles from "./items.module.css";

/** One problem of the first column. */
export function ProblemItem({ problem }: { problem: ProblemView }) {
  return (
    <li className={styles.item}>
      <div className={styles.line}>
        <span className={styles.name}><bdi>{problem.name}</bdi></span>
        <span className={styles.when}><bdi>{problem.when}</bdi></span>
      </div>
      {problem.sync && <SyncBadge badge={problem.sync} />}
    </li>
  );
}

/** One medication of the first column: names wrap, doses read from left to right in any script. */
export function MedicationItem({ medication }: { medication: MedicationView }) {
  return (
    <li className={styles.item}>
      <div className={styles.line}>
        <strong className={styles.name}>
          <bdi>{medication.name}</bdi>
        </strong>
        <span className={styles.when}><bdi>{medication.when}</bdi></span>
      </div>
      <div className={styles.dose} dir="ltr">
        {medication.dose}
      </div>
      {medication.sync && <SyncBadge badge={medication.sync} />}
    </li>
  );
}
