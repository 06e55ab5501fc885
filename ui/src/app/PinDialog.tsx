import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { BackendError, backend } from "../backend";
import { Action } from "../components/Actions";
import { Dialog } from "../components/Dialog";
import { messages as words } from "../components/messages";
import { SecretField } from "../components/SecretField";
import { announce } from "./announce";
import { messages } from "./messages";
import styles from "./PinDialog.module.css";

/** Sets the PIN of the one at work in the place of an earlier one, or removes it. */
export function PinDialog({ onClose }: { onClose: () => void }) {
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const done = (said: string) => () => {
    announce(said);
    onClose();
  };
  const set = useMutation({ mutationFn: () => backend.setPin(pin), gcTime: 0, onSuccess: done(messages.pinSet) });
  const remove = useMutation({ mutationFn: () => backend.removePin(), onSuccess: done(messages.pinRemoved) });
  const error = set.error ?? remove.error;
  const problem = error && (error instanceof BackendError ? error.message : words.unexpected);
  const same = pin !== "" && pin === again;
  return (
    <Dialog title={messages.pinTitle} onClose={onClose} testId="pin-dialog">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (same && !set.isPending) set.mutate();
        }}
      >
        <p>{messages.pinDetail}</p>
        <SecretField
          first
          digits
          label={messages.newPin}
          name="new-pin"
          testId="new-pin"
          autoComplete="off"
          value={pin}
          onChange={setPin}
          problem={problem}
          problemTestId="pin-problem"
        />
        <SecretField
          digits
          label={words.repeat}
          name="repeated-pin"
          testId="repeated-pin"
          autoComplete="off"
          value={again}
          onChange={setAgain}
          problem={again.length >= pin.length && again !== pin ? words.notTheSame : null}
        />
        <div className={styles.actions}>
          <Action onClick={() => remove.mutate()} testId="pin-remove">
            {messages.removePin}
          </Action>
          <Action main submit locked={!same} busy={set.isPending} testId="pin-save">
            {messages.savePin}
          </Action>
        </div>
      </form>
    </Dialog>
  );
}
