import {
  IconAlertTriangle,
  IconArrowsJoin2,
  IconCircleDashed,
  IconDeviceLaptop,
  IconHelpCircle,
  IconHistory,
  IconPencil,
  IconServer,
} from "@tabler/icons-react";
import type { PickView } from "../../backend";
import { Icon } from "../../components/Icon";
import styles from "./Marks.module.css";
import { messages } from "./messages";

export function HighRisk() {
  return (
    <span className={styles.risk}>
      <Icon of={IconAlertTriangle} size={15} />
      {messages.highRisk}
    </span>
  );
}

/** What stands in the result until a person has decided. */
export function Choose() {
  return (
    <span className={styles.choose} data-testid="choose">
      <Icon of={IconCircleDashed} />
      {messages.choose}
    </span>
  );
}

const icons = {
  device: IconDeviceLaptop,
  server: IconServer,
  both: IconArrowsJoin2,
  before: IconHistory,
  edited: IconPencil,
  unknown: IconHelpCircle,
};

/** Where a decided value comes from. */
export function Origin({ pick }: { pick: PickView }) {
  if (pick === "undecided") return null;
  return (
    <span className={styles.origin} data-from={pick}>
      <Icon of={icons[pick]} size={15} />
      {messages.from[pick]}
    </span>
  );
}

/** Where a value came from that the machine merged; nothing for what nobody changed. */
export function MergedOrigin({ from }: { from: PickView }) {
  if (from !== "device" && from !== "server" && from !== "both") return null;
  return (
    <span className={styles.origin} data-from={from}>
      <Icon of={icons[from]} size={15} />
      {messages.merged[from]}
    </span>
  );
}
