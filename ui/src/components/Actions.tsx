import { Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Icon } from "./Icon";
import { KeyHint } from "./KeyHint";
import styles from "./Actions.module.css";

interface ActionProps {
  children: ReactNode;
  onClick?: () => void;
  /** Sends the form that it stands in. */
  submit?: boolean;
  /** The one main action of a view is filled; all others are outlined. */
  main?: boolean;
  icon?: TablerIcon;
  /** The key that does the same, shown and told to screen readers. */
  keys?: string;
  /** Locked controls stay reachable and say why in their label. */
  locked?: boolean;
  busy?: boolean;
  small?: boolean;
  grow?: boolean;
  testId?: string;
  pressed?: boolean;
  /** The whole of what it does, where its words say only half. */
  label?: string;
}

const spoken = (keys: string): string => keys.replace("Ctrl ", "Control+");

/** A button. When locked it is dashed, carries a lock, and does nothing. */
export function Action(props: ActionProps) {
  const { main = false, locked = false, busy = false } = props;
  const variant = main ? "filled" : "default";
  return (
    <Button
      type={props.submit && !locked ? "submit" : "button"}
      variant={variant}
      size={props.small ? "xs" : "sm"}
      className={locked ? styles.locked : undefined}
      data-testid={props.testId}
      aria-disabled={locked || undefined}
      aria-busy={busy || undefined}
      aria-pressed={props.pressed}
      aria-label={props.label}
      aria-keyshortcuts={props.keys ? spoken(props.keys) : undefined}
      leftSection={locked ? <Icon of={IconLock} /> : props.icon && <Icon of={props.icon} />}
      rightSection={props.keys && <KeyHint keys={props.keys} onFilled={main && !locked} />}
      style={props.grow ? { flexGrow: 1 } : undefined}
      onClick={() => {
        if (!locked && !busy) props.onClick?.();
      }}
    >
      <bdi>{props.children}</bdi>
    </Button>
  );
}

interface TextActionProps {
  children: ReactNode;
  onClick: () => void;
  testId?: string;
  /** The whole of what it does, where the words beside it say only half. */
  label?: string;
}

/** An action that reads as a link. */
export function TextAction({ children, onClick, testId, label }: TextActionProps) {
  return (
    <button type="button" className={styles.text} onClick={onClick} data-testid={testId} aria-label={label}>
      {children}
    </button>
  );
}
