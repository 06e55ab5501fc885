import { backend } from "../../backend";
import type { LobbyUser } from "../../backend";
import { messages } from "./messages";
import { SecretForm } from "./SecretForm";

/** Asks one person for the passphrase and opens the store with it. */
export function PassphraseForm({ user }: { user: LobbyUser }) {
  return (
    <SecretForm
      name="passphrase"
      label={messages.passphrase}
      hint={messages.hint}
      autoComplete="current-password"
      open={(passphrase) => backend.unlock(user.name, passphrase)}
    >
      <input type="text" name="username" autoComplete="username" value={user.name} readOnly hidden />
    </SecretForm>
  );
}
