import { IconAlertTriangle, IconEye, IconEyeOff } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { ReactNode, RefObject } from "react";
import { Icon } from "./Icon";
import { messages } from "./messages";
import styles from "./SecretField.module.css";

interface SecretFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** For the password manager. */
  autoComplete: "current-password" | "new-password" | "off";
  name: string;
  testId: string;
  hint?: ReactNode;
  problem?: string | null | undefined;
  problemTestId?: string;
  digits?: boolean;
  inputRef?: RefObject<HTMLInputElement | null>;
  shown?: boolean;
  first?: boolean;
}

/** A field for a passphrase or a PIN that can be shown; pasting and password managers work. */
export function SecretField(props: SecretFieldProps) {
  const { label, value, onChange, testId, problem, hint } = props;
  const id = useId();
  const [shownByHand, setShown] = useState(false);
  const shown = shownByHand || (props.shown ?? false);
  const told = `${id}-told`;
  return (
    <div>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.field} data-invalid={problem ? true : undefined}>
        <input
          ref={props.inputRef}
          id={id}
          name={props.name}
          data-testid={testId}
          data-first={props.first || undefined}
          type={shown ? "text" : "password"}
          inputMode={props.digits ? "numeric" : undefined}
          autoComplete={props.autoComplete}
          spellCheck={false}
          dir="auto"
          value={value}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem || hint ? told : undefined}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
        <button type="button" onClick={() => setShown(!shown)} aria-pressed={shown} data-testid={`${testId}-show`}>
          <Icon of={shown ? IconEyeOff : IconEye} />
          {shown ? messages.hide : messages.show}
          <span className="visually-hidden">{label}</span>
        </button>
      </div>
      {problem ? (
        <p id={told} className={styles.problem} role="alert" data-testid={props.problemTestId}>
          <Icon of={IconAlertTriangle} />
          <bdi>{problem}</bdi>
        </p>
      ) : (
        hint && (
          <p id={told} className={styles.hint}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}
