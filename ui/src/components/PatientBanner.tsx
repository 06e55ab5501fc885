import { IconAlertTriangle, IconCloudOff, IconHelpCircle, IconShieldCheck, IconUsers } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { AllergyLine, AllergyState, BannerView } from "../backend";
import { Icon } from "./Icon";
import { messages } from "./messages";
import styles from "./PatientBanner.module.css";

const icons: Record<AllergyState, TablerIcon> = {
  known: IconAlertTriangle,
  noneKnown: IconShieldCheck,
  notRecorded: IconHelpCircle,
  unavailable: IconCloudOff,
};

function Allergies({ line }: { line: AllergyLine }) {
  return (
    <span className={styles.allergies} data-state={line.state} data-testid="banner-allergies">
      <Icon of={icons[line.state]} />
      {line.items.length === 0 ? (
        line.text
      ) : (
        <span>
          {messages.allergies}{" "}
          {line.items.map((item, i) => (
            <span key={`${String(i)} ${item.substance}`}>
              {i > 0 && messages.comma}
              <bdi>{item.substance}</bdi>{" "}
              <span className={item.high ? styles.high : styles.second}>(<bdi>{item.criticality}</bdi>
                {item.twice !== null && (
                  <>
                    {messages.comma}
                    <bdi>{item.twice}</bdi>
                  </>
                )}
                )
              </span>
            </span>
          ))}
        </span>
      )}
    </span>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Who this is. Nothing ever covers it. */
export function PatientBanner({ banner }: { banner: BannerView }) {
  return (
    <section
      className={styles.banner}
      aria-label={messages.patient}
      data-testid="banner"
      data-deceased={banner.deceased ? true : undefined}
    >
      <h1 className={styles.name}>
        <bdi>{banner.name}</bdi> {banner.title && <span>({banner.title})</span>}
      </h1>
      <dl className={styles.facts}>
        <Fact label={messages.born}>
          <strong>
            <bdi>{banner.born}</bdi>
          </strong>{" "}
          {banner.age && <bdi>({banner.age})</bdi>}
        </Fact>
        <Fact label={messages.gender}>
          <strong><bdi>{banner.gender}</bdi></strong>
        </Fact>
        <Fact label={banner.identifierLabel}>
          <strong>
            <bdi>{banner.identifier}</bdi>
          </strong>
        </Fact>
      </dl>
      {banner.deceased && <strong className={styles.deceased}><bdi>{banner.deceased}</bdi></strong>}
      <div className={styles.end}>
        {banner.similarName && (
          <span className={styles.warn}>
            <Icon of={IconUsers} />
            {messages.similarName}
          </span>
        )}
        <Allergies line={banner.allergies} />
      </div>
    </section>
  );
}
