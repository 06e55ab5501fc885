import { alarm } from "../../app/announce";
import { BackendError, backend } from "../../backend";
import type { LobbyUser } from "../../backend";
import { messages } from "./messages";
import { SecretForm } from "./SecretForm";

/** Asks for the PIN of the day; when none is taken any more, the passphrase takes its place. */
export function PinForm({ user, onRefused }: { user: LobbyUser; onRefused: (message: string) => void }) {
  return (
    <SecretForm
      name="pin"
      label={messages.pin}
      hint={messages.pinHint}
      digits
      autoComplete="off"
      open={(pin) => backend.unlockWithPin(user.name, pin)}
      refused={(error, message) => {
        if (error instanceof BackendError && error.code === "precondition") alarm(message);
        onRefused(message);
        return true;
      }}
    />
  );
}
