import { Button } from "@mantine/core";
import { IconAlertTriangle, IconEye, IconEyeOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { LobbyUser } from "../../backend";
import { Icon } from "../../components/Icon";
import { KeyHint } from "../../components/KeyHint";
import { messages as words } from "../../components/messages";
import { BackendError } from "../../backend";
import { messages } from "./messages";
import styles from "./PassphraseForm.module.css";

/** Asks one person for the passphrase and opens the store with it. */
export function PassphraseForm({ user }: { user: LobbyUser }) {
  const [passphrase, setPassphrase] = useState("");
  const [shown, setShown] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const unlock = useMutation({
    mutationFn: () => backend.unlock(user.name, passphrase),
    onSuccess: (session) => {
      queryClient.removeQueries({ queryKey: keys.lobby });
      queryClient.setQueryData(keys.session, session);
    },
    onError: () => {
      field.current?.focus();
      field.current?.select();
    },
  });
  const problem = unlock.error && (unlock.error instanceof BackendError ? unlock.error.message : words.unexpected);

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!unlock.isPending) unlock.mutate();
      }}
    >
      <div className={styles.person}>
        <span className={styles.initials} aria-hidden>
          {user.initials}
        </span>
        <div>
          <strong>
            <bdi>{user.displayName}</bdi>
          </strong>
          <span>{user.role}</span>
        </div>
      </div>
      <input type="text" name="username" autoComplete="username" value={user.name} readOnly hidden />
      <label htmlFor="passphrase">{messages.passphrase}</label>
      <div className={styles.field} data-invalid={problem ? true : undefined}>
        <input
          ref={field}
          id="passphrase"
          name="passphrase"
          data-testid="passphrase"
          type={shown ? "text" : "password"}
          autoComplete="current-password"
          spellCheck={false}
          dir="auto"
          value={passphrase}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? "passphrase-problem" : "passphrase-hint"}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        <button type="button" onClick={() => setShown(!shown)} aria-pressed={shown} data-testid="passphrase-show">
          <Icon of={shown ? IconEyeOff : IconEye} />
          {shown ? messages.hide : messages.show}
        </button>
      </div>
      {problem ? (
        <p id="passphrase-problem" className={styles.problem} role="alert" data-testid="unlock-error">
          <Icon of={IconAlertTriangle} />
          {problem}
        </p>
      ) : (
        <p id="passphrase-hint" className={styles.hint}>
          {messages.hint}
        </p>
      )}
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
