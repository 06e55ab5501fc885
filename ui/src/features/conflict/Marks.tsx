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
import type { ConflictView, PickView } from "../../backend";
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

/** What the two sides are called. */
type Sides = Pick<ConflictView, "device" | "server">;

/** Where a decided value comes from. */
export function Origin({ pick, sides }: { pick: PickView; sides: Sides }) {
  if (pick === "undecided") return null;
  const words = pick === "device" || pick === "server" ? messages.fromSide(sides[pick].label) : messages.from[pick];
  return (
    <span className={styles.origin} data-from={pick}>
      <Icon of={icons[pick]} size={15} />
      <bdi>{words}</bdi>
    </span>
  );
}

/** Where a value came from that the machine merged; nothing for what nobody changed. */
export function MergedOrigin({ from, sides }: { from: PickView; sides: Sides }) {
  if (from !== "device" && from !== "server" && from !== "both") return null;
  const words = from === "both" ? messages.mergedFromBoth : messages.mergedFromSide(sides[from].label);
  return (
    <span className={styles.origin} data-from={from}>
      <Icon of={icons[from]} size={15} />
      <bdi>{words}</bdi>
    </span>
  );
}
