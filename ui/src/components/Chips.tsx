import { IconCheck } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import { useId } from "react";
import { Icon } from "./Icon";
import styles from "./Chips.module.css";

export interface Chip<T extends string> {
  value: T;
  label: string;
  icon?: TablerIcon;
}

interface ChipsProps<T extends string> {
  label: string;
  chips: Chip<T>[];
  value: T;
  onChange: (value: T) => void;
  /** Joined into one control, as for time ranges. */
  joined?: boolean;
}

/** One choice of a few, as native radio buttons drawn as chips. */
export function Chips<T extends string>({ label, chips, value, onChange, joined = false }: ChipsProps<T>) {
  const name = useId();
  return (
    <fieldset className={`${styles.chips ?? ""} ${joined ? (styles.joined ?? "") : ""}`}>
      <legend className="visually-hidden">{label}</legend>
      {chips.map((chip) => (
        <label key={chip.value} className={styles.chip} data-selected={chip.value === value || undefined}>
          <input
            type="radio"
            className={styles.input}
            name={name}
            checked={chip.value === value}
            onChange={() => onChange(chip.value)}
            data-testid={`chip-${chip.value}`}
          />
          {!joined && chip.value === value && <Icon of={IconCheck} size={15} />}
          {!joined && chip.value !== value && chip.icon && <Icon of={chip.icon} size={15} />}
          <bdi>{chip.label}</bdi>
        </label>
      ))}
    </fieldset>
  );
}
