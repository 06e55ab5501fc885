import {
  IconArrowsJoin2,
  IconArrowsSplit2,
  IconCircleCheck,
  IconCircleX,
  IconClockUp,
  IconDeviceLaptop,
  IconRefresh,
  IconRefreshAlert,
} from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { BadgeState, SyncBadge as SyncBadgeView } from "../backend";
import { Icon } from "./Icon";
import styles from "./SyncBadge.module.css";

const icons: Record<BadgeState, TablerIcon> = {
  synced: IconCircleCheck,
  saved: IconDeviceLaptop,
  waiting: IconClockUp,
  syncing: IconRefresh,
  retrying: IconRefreshAlert,
  merged: IconArrowsJoin2,
  review: IconArrowsSplit2,
  refused: IconCircleX,
};

interface SyncBadgeProps {
  badge: SyncBadgeView;
  testId?: string;
  /** On one line, cut short with the whole text as its title. */
  oneLine?: boolean;
}

/** A sync state: icon and the words that Rust gave. */
export function SyncBadge({ badge, testId, oneLine = false }: SyncBadgeProps) {
  const name = `${styles.badge ?? ""} ${styles[badge.state] ?? ""}`;
  return (
    <span className={name} data-testid={testId} data-state={badge.state}>
      <Icon of={icons[badge.state]} />
      <span className={oneLine ? styles.oneLine : undefined} title={oneLine ? badge.text : undefined}>
        <bdi>{badge.text}</bdi>
      </span>
    </span>
  );
}
