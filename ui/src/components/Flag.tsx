import { IconArrowDown, IconArrowsDown, IconArrowsUp, IconArrowUp } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { FlagState, FlagView } from "../backend";
import { Icon } from "./Icon";
import styles from "./Flag.module.css";

const icons: Record<FlagState, TablerIcon | null> = {
  inRange: null,
  noRange: null,
  high: IconArrowUp,
  criticalHigh: IconArrowsUp,
  low: IconArrowDown,
  criticalLow: IconArrowsDown,
};

const tone = (state: FlagState): string => {
  if (state === "criticalHigh" || state === "criticalLow") return styles.critical ?? "";
  if (state === "high" || state === "low") return styles.warning ?? "";
  return styles.plain ?? "";
};

/** A flag in words, with its arrow. */
export function Flag({ flag }: { flag: FlagView }) {
  const glyph = icons[flag.state];
  return (
    <span className={`${styles.flag ?? ""} ${tone(flag.state)}`} data-flag={flag.state}>
      {glyph && <Icon of={glyph} size={15} />}
      <bdi>{flag.text}</bdi>
    </span>
  );
}

/** A flag as an arrow in a slot of fixed width, its words for screen readers and as a tooltip. */
export function FlagMark({ flag }: { flag: FlagView | null }) {
  const glyph = flag && icons[flag.state];
  if (!flag || !glyph) return <span className={styles.slot} />;
  return (
    <span className={`${styles.slot ?? ""} ${tone(flag.state)}`} title={flag.text} data-flag={flag.state}>
      <Icon of={glyph} />
      <span className="visually-hidden"><bdi>{flag.text}</bdi></span>
    </span>
  );
}

/** The arrow alone, for places that carry the words themselves. */
export function FlagIcon({ state }: { state: FlagState }) {
  const glyph = icons[state];
  return glyph && <Icon of={glyph} />;
}
