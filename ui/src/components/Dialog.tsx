import { IconX } from "@tabler/icons-react";
import { useEffect, useId, useRef } from "react";
import type { ReactNode } from "react";
import { isCombo } from "../app/keys";
import { Icon } from "./Icon";
import { messages } from "./messages";
import styles from "./Dialog.module.css";

interface DialogProps {
  title: string;
  /** Two identifiers, where it is about one patient. */
  patient?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  testId?: string;
}

/**
 * The platform's own modal dialog: it keeps the focus, gives it back, and closes with Escape. It opens
 * below the patient's banner and never covers it.
 */
export function Dialog({ title, patient, onClose, children, wide = false, testId }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opened = dialog.current;
    const from = document.activeElement;
    opened?.showModal();
    opened?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      opened?.close();
      if (from instanceof HTMLElement && from.isConnected) from.focus();
    };
  }, []);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keeps single keys of the screen behind it from acting
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-wide={wide || undefined}
      data-patient={patient ? true : undefined}
      data-testid={testId}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        // Locking works from everywhere; nothing else acts on what lies behind.
        if (!isCombo(event, "Ctrl+L")) event.stopPropagation();
      }}
    >
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        <button type="button" className={styles.close} onClick={onClose} aria-label={messages.close} title={messages.close}>
          <Icon of={IconX} />
        </button>
      </header>
      {patient && <p className={styles.patient}>{patient}</p>}
      <div className={styles.body}>{children}</div>
    </dialog>
  );
}
