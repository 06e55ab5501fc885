import type { Icon as TablerIcon } from "@tabler/icons-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Action } from "./Actions";
import { Field } from "./Field";
import styles from "./Form.module.css";
import { messages } from "./messages";
import { ErrorPanel } from "./States";

interface ReasonFormProps {
  /** What it is about and what follows. */
  children: ReactNode;
  /** What the button does. */
  label: string;
  icon?: TablerIcon;
  testId: string;
  /** What is asked; "Reason" where it is left out. */
  ask?: string;
  reasonTestId: string;
  choices?: string[];
  /** Why it cannot be done whatever the reason; empty where it can. */
  why?: string;
  /** Where the focus is when the form appears: the dialog's first (`opened`), the reason, or elsewhere. */
  focus?: "opened" | "now" | "elsewhere";
  /** Between the reason and the buttons. */
  below?: ReactNode;
  /** The other ways out, before the main one. */
  others?: (reason: string) => ReactNode;
  busy: boolean;
  error: Error | null;
  onSubmit: (reason: string) => void;
}

/** What is to be done, why, and the button that does it once a reason is given. */
export function ReasonForm(props: ReasonFormProps) {
  const [typed, setTyped] = useState("");
  const { focus = "opened" } = props;
  const reason = typed.trim();
  const why = props.why ? props.why : reason === "" ? messages.reasonFirst : "";
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (why === "" && !props.busy) props.onSubmit(reason);
      }}
    >
      {props.children}
      <Field
        label={props.ask ?? messages.reason}
        value={typed}
        onChange={setTyped}
        testId={props.reasonTestId}
        first={focus === "opened"}
        now={focus === "now"}
        {...(props.choices ? { choices: props.choices } : {})}
      />
      {props.below}
      {props.error && <ErrorPanel error={props.error} />}
      <div className={styles.actions}>
        {props.others?.(reason)}
        <Action
          main
          submit
          {...(props.icon ? { icon: props.icon } : {})}
          locked={why !== ""}
          busy={props.busy}
          testId={props.testId}
        >
          {why === "" ? props.label : messages.locked(props.label, why)}
        </Action>
      </div>
    </form>
  );
}
