import { useEffect, useId, useRef, useState } from "react";
import { BackendError } from "../../backend";
import type { FieldView } from "../../backend";
import { Action } from "../../components/Actions";
import { Select } from "../../components/Select";
import { messages as words } from "../../components/messages";
import type { FieldActions } from "./fieldActions";
import styles from "./FieldEditor.module.css";
import { messages } from "./messages";

/** Types over one field in place. Rust judges what was typed; Escape leaves the choice as it was. */
export function FieldEditor({ field, actions }: { field: FieldView; actions: FieldActions }) {
  const [text, setText] = useState(field.pick === "edited" ? field.editText || field.result : field.editText);
  const control = useRef<HTMLElement>(null);
  const problemId = useId();
  const { edit } = field;
  const { problem } = actions;
  useEffect(() => {
    control.current?.focus();
    if (control.current instanceof HTMLInputElement) control.current.select();
  }, []);

  const shared = {
    ref: (element: HTMLElement | null) => {
      control.current = element;
    },
    className: styles.control,
    "aria-label": messages.editing(field.label),
    "aria-invalid": problem ? true : undefined,
    "aria-describedby": problem ? problemId : undefined,
    "data-testid": "field-editor",
    value: text,
  };

  const take = (): void => actions.pick(field.path, "edited", text);

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape and Enter act for its one control
    <form
      className={styles.editor}
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          actions.closeEditor(field.path);
        } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && event.target === control.current) {
          event.preventDefault();
          take();
        }
      }}
    >
      {edit.kind === "code" ? (
        <Select {...shared} onChange={(event) => setText(event.currentTarget.value)}>
          {!edit.options.some((option) => option.value === text) && <option value={text}>{messages.choose}</option>}
          {edit.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </Select>
      ) : edit.kind === "text" ? (
        <textarea {...shared} rows={2} dir="auto" onChange={(event) => setText(event.currentTarget.value)} />
      ) : (
        <span className={styles.withUnit}>
          <input
            {...shared}
            type="text"
            inputMode={edit.kind === "number" ? "decimal" : "text"}
            autoComplete="off"
            dir="ltr"
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <span>{edit.kind === "number" ? edit.unit : messages.dateHint}</span>
        </span>
      )}
      {problem && (
        <p id={problemId} role="alert" className={styles.problem}>
          {problem instanceof BackendError ? problem.message : words.unexpected}
        </p>
      )}
      <div className={styles.actions}>
        <Action small keys="Enter" onClick={take} testId="editor-take">
          {messages.take}
        </Action>
        <Action small keys="Esc" onClick={() => actions.closeEditor(field.path)}>
          {messages.cancel}
        </Action>
      </div>
    </form>
  );
}
