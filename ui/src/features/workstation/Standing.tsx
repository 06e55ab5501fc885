import { IconAlertOctagon, IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Standing as StandingState } from "../../backend";
import { Icon } from "../../components/Icon";
import styles from "./WorkstationScreen.module.css";

const icons = { good: IconCircleCheck, attention: IconAlertTriangle, bad: IconAlertOctagon };

/** How something stands: icon, words, and what follows. */
export function Standing({ standing, text, detail }: { standing: StandingState; text: string; detail?: ReactNode }) {
  return (
    <div className={styles.standing} data-standing={standing}>
      <Icon of={icons[standing]} size={18} />
      <div>
        <p className={styles.state}>
          <bdi>{text}</bdi>
        </p>
        {detail && <p className={styles.detail}>{detail}</p>}
      </div>
    </div>
  );
}
