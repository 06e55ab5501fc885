import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { BackendError } from "../../backend";
import type { SessionView } from "../../backend";
import { KeyHint } from "../../components/KeyHint";
import { messages as words } from "../../components/messages";
import { SecretField } from "../../components/SecretField";
import { messages } from "./messages";
import { enter } from "./Opening";
import styles from "./PassphraseForm.module.css";

interface SecretFormProps {
  name: "passphrase" | "pin";
  label: string;
  hint: string;
  /** Whether it is made of figures only. */
  digits?: boolean;
  autoComplete: "current-password" | "off";
  open: (secret: string) => Promise<SessionView>;
  /** What a refused secret leads to; the field keeps it, selected, unless `true` comes back. */
  refused?: (error: Error, message: string) => boolean;
  children?: ReactNode;
}

/** One secret that opens the store, and why it did not. */
export function SecretForm({ name, label, hint, digits = false, autoComplete, open, refused, children }: SecretFormProps) {
  const [secret, setSecret] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const said = (error: Error): string => (error instanceof BackendError ? error.message : words.unexpected);
  const unlock = useMutation({
    mutationFn: () => open(secret),
    gcTime: 0,
    onSuccess: enter,
    onError: (error) => {
      if (refused?.(error, said(error))) setSecret("");
      field.current?.focus();
      field.current?.select();
    },
  });

  return (
    <form
      className={styles.fields}
      onSubmit={(event) => {
        event.preventDefault();
        if (!unlock.isPending) unlock.mutate();
      }}
    >
      {children}
      <SecretField
        inputRef={field}
        label={label}
        name={name}
        testId={name}
        digits={digits}
        autoComplete={autoComplete}
        value={secret}
        onChange={setSecret}
        hint={hint}
        problem={unlock.error && said(unlock.error)}
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
