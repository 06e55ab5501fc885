import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { BackendError, backend } from "../../backend";
import type { LobbyUser } from "../../backend";
import { KeyHint } from "../../components/KeyHint";
import { messages as words } from "../../components/messages";
import { SecretField } from "../../components/SecretField";
import { messages } from "./messages";
import { enter } from "./Opening";
import styles from "./PassphraseForm.module.css";

/** Asks one person for the passphrase and opens the store with it. */
export function PassphraseForm({ user }: { user: LobbyUser }) {
  const [passphrase, setPassphrase] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const unlock = useMutation({
    mutationFn: () => backend.unlock(user.name, passphrase),
    gcTime: 0,
    onSuccess: enter,
    onError: () => {
      field.current?.focus();
      field.current?.select();
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
      <input type="text" name="username" autoComplete="username" value={user.name} readOnly hidden />
      <SecretField
        inputRef={field}
        label={messages.passphrase}
        name="passphrase"
        testId="passphrase"
        autoComplete="current-password"
        value={passphrase}
        onChange={setPassphrase}
        hint={messages.hint}
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
