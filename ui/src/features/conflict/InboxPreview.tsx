import { IconAlertTriangle, IconDeviceLaptop, IconHistory, IconServer, IconUsers } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { InboxPreviewField, InboxRow } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { Scroll } from "../../components/Scroll";
import styles from "./InboxPreview.module.css";
import { messages } from "./messages";

interface SideProps {
  icon: TablerIcon;
  tone: "device" | "server" | "before";
  label: string;
  fields: InboxPreviewField[];
  value: (field: InboxPreviewField) => string;
  who?: string;
}

function Side({ icon, tone, label, fields, value, who }: SideProps) {
  return (
    <section className={styles.side} data-tone={tone}>
      <h3>
        <Icon of={icon} />
        {label}
      </h3>
      {fields.map((field) => (
        <p key={field.label}>
          {fields.length > 1 && <span>{field.label}: </span>}
          <strong>
            <bdi>{value(field) || messages.notRecorded}</bdi>
          </strong>
        </p>
      ))}
      {who && (
        <p>
          <bdi>{who}</bdi>
        </p>
      )}
    </section>
  );
}

/** Whose it is: where it began, who is to decide, what was said. */
function CaseLines({ row }: { row: InboxRow }) {
  if (!row.stage && !row.origin) return null;
  return (
    <p className={styles.clinic} data-testid="preview-clinic">
      <Icon of={IconUsers} />
      <span>
        {[
          row.origin && messages.fromDevice(row.origin),
          row.stage,
          row.mine ? messages.forMe : row.assignee ? messages.forWhom(row.assignee) : messages.nobody,
          row.comments > 0 && messages.comments(row.comments),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </p>
  );
}

/** What the selected conflict is about, without opening it. */
export function InboxPreview({ row, onOpen }: { row: InboxRow; onOpen: () => void }) {
  return (
    <aside className={styles.preview} aria-label={row.name}>
      <Scroll label={row.item} className={styles.body}>
        {row.highRisk && (
          <p className={styles.risk}>
            <Icon of={IconAlertTriangle} />
            <bdi>{row.riskText}</bdi>
          </p>
        )}
        <h2>
          <bdi>{row.name}</bdi>
        </h2>
        <p className={styles.second}>
          <bdi>{messages.born(row.born, row.ageOfPatient)}</bdi> · {row.identifierLabel} <bdi className={styles.id}>{row.identifier}</bdi>
        </p>
        <p className={styles.item}>
          <bdi>{row.item}</bdi>
        </p>
        <p className={styles.second}><bdi>{row.summary}</bdi></p>
        <CaseLines row={row} />
        <Side
          icon={IconDeviceLaptop}
          tone="device"
          label={row.deviceLabel}
          fields={row.preview}
          value={(field) => field.device}
          who={row.deviceWho}
        />
        <Side
          icon={IconServer}
          tone="server"
          label={messages.server}
          fields={row.preview}
          value={(field) => field.server}
          who={row.serverWho}
        />
        <Side
          icon={IconHistory}
          tone="before"
          label={messages.beforeBoth}
          fields={row.preview}
          value={(field) => field.before}
        />
        <p className={styles.until}>{messages.until}</p>
      </Scroll>
      <footer className={styles.foot}>
        <Action main grow keys="Enter" onClick={onOpen} testId="inbox-open">
          {messages.openIt}
        </Action>
      </footer>
    </aside>
  );
}
