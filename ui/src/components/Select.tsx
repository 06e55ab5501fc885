import { IconChevronDown } from "@tabler/icons-react";
import type { ComponentPropsWithRef } from "react";
import { Icon } from "./Icon";
import styles from "./Select.module.css";

/** The platform's own list, in the product's frame. */
export function Select(props: ComponentPropsWithRef<"select">) {
  return (
    <span className={styles.frame}>
      <select {...props} className={styles.select} />
      <Icon of={IconChevronDown} className={styles.chevron ?? ""} />
    </span>
  );
}
