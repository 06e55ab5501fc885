import { IconShieldCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { announce } from "../../app/announce";
import { backend } from "../../backend";
import { Action } from "../../components/Actions";
import { Section } from "../../components/Section";
import { ErrorPanel } from "../../components/States";
import { messages } from "./messages";
import { Standing } from "./Standing";
import styles from "./WorkstationScreen.module.css";

/** Checks the whole store when asked to. */
export function Audit() {
  const verify = useMutation({ mutationFn: () => backend.verify(), onSuccess: (found) => announce(found.text) });
  const found = verify.data;
  return (
    <Section
      title={messages.audit}
      action={
        <Action small icon={IconShieldCheck} busy={verify.isPending} onClick={() => verify.mutate()} testId="verify">
          {verify.isPending ? messages.verifying : messages.verify}
        </Action>
      }
    >
      {found ? (
        <div data-testid="verified">
          <Standing standing={found.standing} text={found.text} detail={found.detail} />
          {found.problems.length > 0 && (
            <ul className={styles.problems} aria-label={messages.problems}>
              {found.problems.map((problem) => (
                <li key={problem}>
                  <bdi>{problem}</bdi>
                </li>
              ))}
            </ul>
          )}
          <p className={styles.root}>
            {messages.root} <code dir="ltr">{found.root}</code>
          </p>
        </div>
      ) : (
        <p className={styles.detail}>{messages.auditDetail}</p>
      )}
      {verify.error && <ErrorPanel error={verify.error} />}
    </Section>
  );
}
