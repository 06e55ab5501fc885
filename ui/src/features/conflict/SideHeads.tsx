import { IconArrowsJoin2, IconDeviceLaptop, IconServer } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { SideView } from "../../backend";
import { Icon } from "../../components/Icon";
import { Parts } from "../../components/Parts";
import { messages } from "./messages";
import styles from "./SideHeads.module.css";

interface SideHeadProps {
  side: SideView;
  tone: "device" | "server";
  icon: TablerIcon;
  colSpan?: number;
}

function SideHead({ side, tone, icon, colSpan = 1 }: SideHeadProps) {
  return (
    <th scope="col" colSpan={colSpan} className={styles.head} data-tone={tone}>
      <span className={styles.label}>
        <Icon of={icon} />
        {side.label}
      </span>
      <strong>
        <bdi>{side.person}</bdi>
      </strong>
      {side.identity && (
        <span className={styles.identity} data-testid={`identity-${tone}`}>
          {messages.whose} <Parts text={side.identity} />
        </span>
      )}
      <span>
        <Parts text={side.place} />
      </span>
      <span>
        <Parts text={side.edited} />
      </span>
    </th>
  );
}

export const DeviceHead = ({ side, colSpan }: { side: SideView; colSpan?: number }) => (
  <SideHead side={side} tone="device" icon={IconDeviceLaptop} {...(colSpan ? { colSpan } : {})} />
);

export const ServerHead = ({ side, colSpan }: { side: SideView; colSpan?: number }) => (
  <SideHead side={side} tone="server" icon={IconServer} {...(colSpan ? { colSpan } : {})} />
);

/** The result stands between the sides; nothing in it is chosen for anybody. */
export function ResultHead({ left }: { left: number }) {
  return (
    <th scope="col" className={styles.head} data-tone="result">
      <span className={styles.label}>
        <Icon of={IconArrowsJoin2} />
        {messages.result}
      </span>
      <span>{left > 0 ? messages.nothingChosen : messages.notYetSaved}</span>
    </th>
  );
}
