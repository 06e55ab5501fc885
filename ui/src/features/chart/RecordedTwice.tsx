import { IconArrowUp, IconCopy } from "@tabler/icons-react";
import type { AllergyView, BannerView } from "../../backend";
import { Icon } from "../../components/Icon";
import { SyncBadge } from "../../components/SyncBadge";
import { HistoryButton } from "../past/HistoryDialog";
import { InError } from "./InError";
import styles from "./RecordedTwice.module.css";

/** Says that a line stands for several records of the same allergy. */
export function TwiceNote({ allergy }: { allergy: AllergyView }) {
  if (allergy.twice === null) return null;
  return (
    <span className={styles.note} data-differs={allergy.differs || undefined} data-testid={`twice-${allergy.key}`}>
      <Icon of={IconCopy} />
      <bdi>{allergy.twice}</bdi>
    </span>
  );
}

/** The records of the same allergy, each with the way to its history; none was joined or removed. */
export function TwiceSources({ allergy, banner }: { allergy: AllergyView; banner: BannerView }) {
  if (allergy.sources.length === 0) return null;
  return (
    <ul className={styles.sources}>
      {allergy.sources.map((source) => (
        <li key={source.key} data-testid={`source-${source.key}`}>
          <span>
            <span className={styles.by}>
              <bdi>{source.by}</bdi>
            </span>
            <span className={styles.criticality} data-high={source.high || undefined}>
              {source.high && <Icon of={IconArrowUp} size={15} />} <bdi>{source.criticality}</bdi>
            </span>
            {" · "}
            <bdi>{source.reaction}</bdi>
            {source.sync && <SyncBadge badge={source.sync} />}
          </span>
          <span className={styles.ways}>
            <HistoryButton recordKey={source.key} title={`${allergy.substance}, ${source.by}`} />
            <InError allergy={allergy} source={source} banner={banner} />
          </span>
        </li>
      ))}
    </ul>
  );
}
