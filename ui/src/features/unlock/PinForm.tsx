import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { alarm } from "../../app/announce";
import { BackendError, backend } from "../../backend";
import type { LobbyUser } from "../../backend";
import { KeyHint } from "../../components/KeyHint";
import { messages as words } from "../../components/messages";
import { SecretField } from "../../components/SecretField";
import { messages } from "./messages";
import { enter } from "./Opening";
import styles from "./PassphraseForm.module.css";

/** Asks for the PIN of the day; when none is taken any more, the passphrase takes its place. */
export function PinForm({ user, onRefused }: { user: LobbyUser; onRefused: (message: string) => void }) {
  const [pin, setPin] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const unlock = useMutation({
    mutationFn: () => backend.unlockWithPin(user.name, pin),
    gcTime: 0,
    onSuccess: enter,
    onError: (error) => {
      setPin("");
      field.current?.focus();
      const message = error instanceof BackendError ? error.message : words.unexpected;
      if (error instanceof BackendError && error.code === "precondition") alarm(message);
      onRefused(message);
    },
  });
  const problem = unlock.error && (unlock.error instanceof BackendError ? unlock.error.message : words.unexpected);

  return (
    <form
      className={styles.fields}
      onSubmit={(event) => {
        event.preventDefault();
        if (!unlock.isPending) unlock.mutate();
      }}
    >
      <SecretField
        inputRef={field}
        label={messages.pin}
        name="pin"
        testId="pin"
        digits
        autoComplete="off"
        value={pin}
        onChange={setPin}
        hint={messages.pinHint}
        problem={problem}
        problemTestId="unlock-error"
      />
      <Button
        type="submit"
        variant="filled"
        className={styles.submit ?? ""}
        data-testid="unlock-submit"
        aria-busy={unlock.isPending || undefined}
        rightSection={unlock.isPending ? null : <KeyHint keys="Enter" onFilled />}
      >
        {unlock.isPending ? messages.unlocking : messages.unlock}
      </Button>
    </form>
  );
}
