import { useId } from "react";
import styles from "./Form.module.css";

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  testId: string;
  /** Said below it. */
  hint?: string;
  /** A path reads from left to right in any script. */
  path?: boolean;
  /** Takes the focus when the dialog opens. */
  first?: boolean;
  /** Takes the focus at once: an open dialog has just turned to this question. */
  now?: boolean;
  choices?: string[];
}

/** One line to be typed, with its label above it. */
export function Field({ label, value, onChange, testId, hint, path = false, first = false, now = false, choices }: FieldProps) {
  const id = useId();
  return (
    <div className={styles.row}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        data-first={first || undefined}
        // eslint-disable-next-line jsx-a11y/no-autofocus -- only where a dialog has just turned to this question
        autoFocus={now}
        className={styles.input}
        dir={path ? "ltr" : "auto"}
        spellCheck={!path}
        autoComplete="off"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        list={choices && `${id}-choices`}
        data-testid={testId}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {choices && (
        <datalist id={`${id}-choices`}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
    </div>
  );
}
