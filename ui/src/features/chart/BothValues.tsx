import { IconArrowsSplit2, IconDeviceLaptop, IconServer } from "@tabler/icons-react";
import { go } from "../../app/route";
import type { ChartConflictView } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { Parts } from "../../components/Parts";
import { messages } from "./messages";
import styles from "./BothValues.module.css";

interface BothValuesProps {
  conflict: ChartConflictView;
  /** The first conflict of the chart answers to R. */
  first: boolean;
}

/** An unresolved conflict: both values with equal weight, the one before them below. */
export function BothValues({ conflict, first }: BothValuesProps) {
  const several = conflict.fields.length > 1;
  return (
    <article className={styles.box} data-testid={`both-values-${conflict.id}`}>
      <header className={styles.head}>
        <strong>
          <bdi>{conflict.title}</bdi>
        </strong>
        <span>
          <Icon of={IconArrowsSplit2} />
          {messages.conflict}
        </span>
      </header>
      <div className={styles.sides}>
        <div>
          <p className={styles.device}>
            <Icon of={IconDeviceLaptop} />
            {messages.thisDevice}
          </p>
          {conflict.fields.map((field) => (
            <p key={field.label} className={styles.value}>
              {several && <span>{field.label}</span>}
              <bdi>{field.device || messages.notRecorded}</bdi>
            </p>
          ))}
          <p className={styles.who}><Parts text={conflict.deviceWho} /></p>
        </div>
        <div>
          <p className={styles.server}>
            <Icon of={IconServer} />
            {messages.server}
          </p>
          {conflict.fields.map((field) => (
            <p key={field.label} className={styles.value}>
              {several && <span>{field.label}</span>}
              <bdi>{field.server || messages.notRecorded}</bdi>
            </p>
          ))}
          <p className={styles.who}><Parts text={conflict.serverWho} /></p>
        </div>
      </div>
      <footer className={styles.foot}>
        <span>
          {messages.before(conflict.fields.map((field) => field.before || messages.notRecorded).join(" · "))}
        </span>
        <Action
          main={first}
          small
          {...(first ? { keys: "R" } : {})}
          onClick={() => go({ screen: "conflict", id: conflict.id })}
          testId={`resolve-${conflict.id}`}
        >
          {messages.resolve}
        </Action>
      </footer>
    </article>
  );
}
