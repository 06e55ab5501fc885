import { IconAlertTriangle, IconCheck, IconInfoCircle } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import type { EntryCheckView, EntryState, VitalsField, VitalsFormView, VitalsInput } from "../../backend";
import { Action } from "../../components/Actions";
import { FlagIcon } from "../../components/Flag";
import { Icon } from "../../components/Icon";
import { messages } from "./messages";
import styles from "./VitalsFields.module.css";

interface InputProps {
  id: string;
  label: string;
  unit: string;
  value: string;
  state: EntryState;
  last?: string | null;
  describedBy?: string;
  /** Date and time are typed too, but are no measure. */
  when?: boolean;
  onChange: (text: string) => void;
  onLeave: () => void;
}

function Field({ id, label, unit, value, state, last, describedBy, when = false, onChange, onLeave }: InputProps) {
  const wrong = state === "blocked" || state === "unusual";
  const lastId = last ? `vital-${id}-last` : undefined;
  return (
    <div className={styles.field}>
      <label htmlFor={`vital-${id}`}>{label}</label>
      <div className={styles.box} data-state={state}>
        <input
          id={`vital-${id}`}
          data-testid={`vital-${id}`}
          data-field={id}
          data-when={when || undefined}
          type="text"
          inputMode={when ? "text" : "decimal"}
          autoComplete="off"
          dir="ltr"
          value={value}
          aria-invalid={wrong || undefined}
          aria-describedby={[describedBy, lastId].filter(Boolean).join(" ") || undefined}
          onChange={(event) => onChange(event.currentTarget.value)}
          onBlur={onLeave}
        />
        <span className={styles.unit}><bdi>{unit}</bdi></span>
      </div>
      {last && (
        <span className={styles.last} id={lastId}>
          <bdi>{last}</bdi>
        </span>
      )}
    </div>
  );
}

interface NoteProps {
  check: EntryCheckView;
  onConfirm: (confirmed: boolean) => void;
  onUse: (suggestion: string) => void;
}

/** What Rust says of one value: confirm it, or take the value it suggests. */
function Note({ check, onConfirm, onUse }: NoteProps) {
  const { suggestion } = check;
  const critical =
    check.state === "blocked" || check.flag?.state === "criticalHigh" || check.flag?.state === "criticalLow";
  const asks = check.state === "unusual" || check.state === "confirmed";
  return (
    <div
      className={styles.note}
      data-critical={critical || undefined}
      data-quiet={check.state === "ok" || undefined}
      id={`vital-${check.key}-note`}
      data-testid={`vitals-note-${check.key}`}
      role="group"
      aria-label={check.title}
    >
      <p className={styles.title}>
        {check.flag ? (
          <FlagIcon state={check.flag.state} />
        ) : (
          <Icon of={check.state === "ok" ? IconInfoCircle : IconAlertTriangle} />
        )}
        <bdi>{check.title}</bdi>
      </p>
      {check.detail && <p className={styles.detail}><bdi>{check.detail}</bdi></p>}
      {asks && (
        <label className={styles.confirm}>
          <input
            type="checkbox"
            checked={check.state === "confirmed"}
            data-testid={`vitals-confirm-${check.key}`}
            onChange={(event) => onConfirm(event.currentTarget.checked)}
          />
          <span className={styles.tick} aria-hidden>
            <Icon of={IconCheck} size={14} />
          </span>
          {messages.measuredAgain}
        </label>
      )}
      {suggestion !== null && (
        <div className={styles.suggestion}>
          <Action small onClick={() => onUse(suggestion)} testId={`vitals-use-${check.key}`}>
            {messages.use(suggestion)}
          </Action>
        </div>
      )}
    </div>
  );
}

interface VitalsFieldsProps {
  form: VitalsFormView;
  input: VitalsInput;
  checks: EntryCheckView[];
  onChange: (input: VitalsInput) => void;
}

const inPairs = (fields: VitalsField[]): VitalsField[][] =>
  Array.from({ length: Math.ceil(fields.length / 2) }, (_, i) => fields.slice(i * 2, i * 2 + 2));

/** Date, time and the measures two in a row; what Rust says stands under the row it is about. */
export function VitalsFields({ form, input, checks, onChange }: VitalsFieldsProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const leave = (key: string): void => setLeft(new Set(left).add(key));
  const textOf = (key: string) => input.values.find((value) => value.key === key)?.text ?? "";
  // A half of the blood pressure is not called missing before a person has had the time to type it.
  const isDue = (key: string): boolean =>
    left.has(key) || textOf(key) !== "" || !input.values.some((value) => value.key === key);
  const shown = checks.filter((check) => check.state !== "empty" && isDue(check.key));
  const checkOf = (key: string) => shown.find((each) => each.key === key);

  const setValue = (key: string, text: string, row: string[]): void =>
    onChange({
      ...input,
      values: input.values.map((value) => (value.key === key ? { key, text } : value)),
      // A confirmation holds for the numbers that were on screen.
      confirmed: input.confirmed.filter((each) => !row.includes(each)),
    });

  const confirm = (key: string, confirmed: boolean): void =>
    onChange({
      ...input,
      confirmed: confirmed ? [...input.confirmed, key] : input.confirmed.filter((each) => each !== key),
    });

  const notes = (row: string[]) =>
    shown
      .filter((check) => row.includes(check.key))
      .map((check) => (
        <Note
          key={check.key}
          check={check.state === "unusual" && input.confirmed.includes(check.key) ? { ...check, state: "confirmed" } : check}
          onConfirm={(confirmed) => confirm(check.key, confirmed)}
          onUse={(suggestion) => setValue(check.key, suggestion, row)}
        />
      ));

  return (
    <div className={styles.grid}>
      <Field
        id="date"
        when
        label={messages.date}
        unit=""
        value={input.date}
        state={checkOf("date")?.state ?? "ok"}
        describedBy="vital-date-note"
        onChange={(date) => onChange({ ...input, date })}
        onLeave={() => leave("date")}
      />
      <Field
        id="time"
        when
        label={messages.time}
        unit={messages.timeHint}
        value={input.time}
        state={checkOf("time")?.state ?? "ok"}
        describedBy="vital-time-note"
        onChange={(time) => onChange({ ...input, time })}
        onLeave={() => leave("time")}
      />
      {notes(["date", "time"])}
      {inPairs(form.fields).map((pair) => {
        const row = pair.map((field) => field.key);
        return (
          <Fragment key={row.join(" ")}>
            {pair.map((field) => (
              <Field
                key={field.key}
                id={field.key}
                label={field.label}
                unit={field.unit}
                last={field.last}
                value={textOf(field.key)}
                state={checkOf(field.key)?.state ?? "ok"}
                {...(checkOf(field.key) ? { describedBy: `vital-${field.key}-note` } : {})}
                onChange={(text) => setValue(field.key, text, row)}
                onLeave={() => leave(field.key)}
              />
            ))}
            {notes(row)}
          </Fragment>
        );
      })}
    </div>
  );
}
