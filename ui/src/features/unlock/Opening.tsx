import { IconKey, IconLifebuoy, IconPassword } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { LobbyUser, SessionView } from "../../backend";
import { TextAction } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { messages } from "./messages";
import { PassphraseForm } from "./PassphraseForm";
import { PinForm } from "./PinForm";
import { RecoverForm } from "./RecoverForm";
import styles from "./PassphraseForm.module.css";

export function enter(session: SessionView): void {
  queryClient.removeQueries({ queryKey: keys.lobby });
  queryClient.setQueryData(keys.session, session);
}

/** Who is about to unlock, above every form that does it. */
export function Who({ user }: { user: LobbyUser }) {
  return (
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
  );
}

type Way = "passphrase" | "pin" | "recovery";

/** A keychain that takes its time must not hold up whoever has the passphrase. */
const keychainPatienceMs = 500;

/** Asks one person for what opens the store: the PIN where one is taken, the passphrase, or the recovery key. */
export function Opening({ user }: { user: LobbyUser }) {
  const [way, setWay] = useState<Way>();
  const pin = useQuery({
    queryKey: keys.pinOffered(user.name),
    queryFn: () => backend.pinOffered(user.name),
    gcTime: 0,
  });
  const offered = pin.data === true;
  const settled = pin.data !== undefined || pin.error !== null;
  useEffect(() => {
    if (settled) {
      setWay((chosen) => chosen ?? (offered ? "pin" : "passphrase"));
      return;
    }
    const timer = setTimeout(() => setWay((chosen) => chosen ?? "passphrase"), keychainPatienceMs);
    return () => clearTimeout(timer);
  }, [settled, offered]);

  const others: ReactNode[] = [];
  const other = (to: Way, icon: typeof IconKey, label: string, detail: string): void => {
    others.push(
      <li key={to}>
        <Icon of={icon} />
        <div>
          <TextAction onClick={() => setWay(to)} testId={`unlock-by-${to}`}>
            {label}
          </TextAction>
          <span>{detail}</span>
        </div>
      </li>,
    );
  };
  if (way !== "pin" && offered) other("pin", IconPassword, messages.usePin, messages.usePinDetail);
  if (way !== "passphrase") other("passphrase", IconKey, messages.usePassphrase, messages.usePassphraseDetail);
  if (way !== "recovery") other("recovery", IconLifebuoy, messages.cannot, messages.cannotDetail);

  if (!way) return <div className={styles.form} />;
  return (
    <div className={styles.form}>
      <Who user={user} />
      {way === "pin" && (
        <PinForm
          user={user}
          onRefused={(message) => {
            // Whether another try is taken is Rust's to say.
            void pin.refetch().then(({ data }) => {
              if (data !== true) setWay("passphrase");
            });
            return message;
          }}
        />
      )}
      {way === "passphrase" && <PassphraseForm user={user} />}
      {way === "recovery" && <RecoverForm user={user} />}
      <ul className={styles.other}>{others}</ul>
    </div>
  );
}
