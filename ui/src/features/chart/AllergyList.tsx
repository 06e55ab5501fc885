import { IconAlertTriangle, IconArrowUp, IconCloudOff, IconHelpCircle, IconShieldCheck } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { AllergyState, AllergyView, BannerView, ChartView } from "../../backend";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Section";
import { SyncBadge } from "../../components/SyncBadge";
import { allergiesList } from "./InError";
import { messages, tabNames } from "./messages";
import { TwiceNote, TwiceSources } from "./RecordedTwice";
import styles from "./items.module.css";

interface StateWords {
  icon: TablerIcon;
  title: string;
  detail: string;
  warn: boolean;
}

/** Asked for anew each time: the language may have changed. */
const states = (): Record<Exclude<AllergyState, "known">, StateWords> => ({
  noneKnown: { icon: IconShieldCheck, title: messages.noneKnown, detail: messages.noneKnownDetail, warn: false },
  notRecorded: {
    icon: IconHelpCircle,
    title: messages.allergiesNotRecorded,
    detail: messages.allergiesNotRecordedDetail,
    warn: true,
  },
  unavailable: {
    icon: IconCloudOff,
    title: messages.allergiesUnavailable,
    detail: messages.allergiesUnavailableDetail,
    warn: true,
  },
});

export function Criticality({ allergy }: { allergy: AllergyView }) {
  return (
    <span className={styles.criticality} data-high={allergy.high || undefined}>
      {allergy.high && <Icon of={IconArrowUp} size={15} />} 
      <bdi>{allergy.criticality}</bdi>
    </span>
  );
}

function AllergyItem({ allergy, banner }: { allergy: AllergyView; banner: BannerView }) {
  return (
    <li className={styles.item}>
      <div className={styles.line}>
        <span className={styles.name}>
          <strong>
            <bdi>{allergy.substance}</bdi>
          </strong>
          {allergy.category && ` – ${allergy.category}`}
        </span>
        <Criticality allergy={allergy} />
      </div>
      <div className={styles.second}><bdi>{allergy.reaction}</bdi></div>
      {allergy.sync && allergy.sources.length === 0 && <SyncBadge badge={allergy.sync} />}
      <TwiceNote allergy={allergy} />
      <TwiceSources allergy={allergy} banner={banner} />
    </li>
  );
}

/** What is said where there is no allergy to list; the three never look alike. */
export function AllergyStateNote({ state }: { state: Exclude<AllergyState, "known"> }) {
  const { icon, title, detail, warn } = states()[state];
  return (
    <div className={styles.state} data-warn={warn || undefined}>
      <Icon of={icon} />
      <div>
        <strong>{title}</strong>
        <span className={styles.second}>{detail}</span>
      </div>
    </div>
  );
}

/** Allergies in the first column. */
export function AllergyList({ chart }: { chart: ChartView }) {
  const { state } = chart.banner.allergies;
  return (
    <Section
      title={tabNames.allergies}
      aside={
        state === "known" && (
          <span className={styles.known}>
            <Icon of={IconAlertTriangle} />
            {messages.knownAllergies}
          </span>
        )
      }
    >
      {state === "known" ? (
        <ul id={allergiesList} tabIndex={-1} className={styles.list}>
          {chart.allergies.map((allergy) => (
            <AllergyItem key={allergy.key} allergy={allergy} banner={chart.banner} />
          ))}
        </ul>
      ) : (
        <AllergyStateNote state={state} />
      )}
    </Section>
  );
}
