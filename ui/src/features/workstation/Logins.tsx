import { IconUserPlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { ReactNode } from "react";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { LoginView, RoleChoice } from "../../backend";
import { Action, TextAction } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { messages as common } from "../../components/messages";
import { NewPassphrase, isChosen, nothingChosen } from "../../components/NewPassphrase";
import { Section } from "../../components/Section";
import { Select } from "../../components/Select";
import { ErrorPanel } from "../../components/States";
import table from "../../components/table.module.css";
import { messages } from "./messages";
import styles from "./WorkstationScreen.module.css";

type Asked = { what: "add" } | { what: "reset" | "remove"; login: LoginView };

/** Runs a change of the logins, then closes and asks for the list anew. */
function useChange(change: () => Promise<null>, onClose: () => void) {
  return useMutation({
    mutationFn: change,
    gcTime: 0,
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: keys.workstation });
      onClose();
    },
  });
}

interface FrameProps {
  title: string;
  detail?: string;
  ready: boolean;
  action: string;
  change: ReturnType<typeof useChange>;
  onClose: () => void;
  children?: ReactNode;
}

function Frame({ title, detail, ready, action, change, onClose, children }: FrameProps) {
  return (
    <Dialog title={title} onClose={onClose} testId="login-dialog">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !change.isPending) change.mutate();
        }}
      >
        {detail && <p className={styles.detail}>{detail}</p>}
        {children}
        {change.error && <ErrorPanel error={change.error} />}
        <div className={styles.actions}>
          <Action onClick={onClose}>{common.cancel}</Action>
          <Action main submit locked={!ready} busy={change.isPending} testId="login-save">
            {ready ? action : messages.incomplete}
          </Action>
        </div>
      </form>
    </Dialog>
  );
}

function Add({ roles, onClose }: { roles: RoleChoice[]; onClose: () => void }) {
  const id = useId();
  const [input, setInput] = useState({ name: "", displayName: "", role: roles[0]?.value ?? "" });
  const [chosen, setChosen] = useState(nothingChosen);
  const change = useChange(() => backend.addLogin(input, chosen.passphrase), onClose);
  const field = (key: "name" | "displayName", label: string, hint: string) => (
    <div className={styles.row}>
      <label htmlFor={`${id}-${key}`}>{label}</label>
      <input
        id={`${id}-${key}`}
        className={styles.input}
        data-first={key === "displayName" || undefined}
        data-testid={`login-${key}`}
        dir="auto"
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${id}-${key}-hint`}
        value={input[key]}
        onChange={(event) => setInput({ ...input, [key]: event.currentTarget.value })}
      />
      <p id={`${id}-${key}-hint`} className={styles.hint}>
        {hint}
      </p>
    </div>
  );
  return (
    <Frame
      title={messages.addTitle}
      ready={input.name.trim() !== "" && input.displayName.trim() !== "" && isChosen(chosen)}
      action={messages.add}
      change={change}
      onClose={onClose}
    >
      {field("displayName", messages.displayName, messages.displayHint)}
      {field("name", messages.loginName, messages.loginHint)}
      <div className={styles.row}>
        <label htmlFor={`${id}-role`}>{messages.role}</label>
        <Select
          id={`${id}-role`}
          data-testid="login-role"
          value={input.role}
          onChange={(event) => setInput({ ...input, role: event.currentTarget.value })}
        >
          {roles.map((role) => (
            <option key={role.value} value={role.value}>
              {role.label}
            </option>
          ))}
        </Select>
      </div>
      <NewPassphrase user={input.name} chosen={chosen} onChange={setChosen} />
    </Frame>
  );
}

function Reset({ login, onClose }: { login: LoginView; onClose: () => void }) {
  const [chosen, setChosen] = useState(nothingChosen);
  const change = useChange(() => backend.resetLogin(login.name, chosen.passphrase), onClose);
  return (
    <Frame
      title={messages.resetFor(login.displayName)}
      detail={messages.resetDetail}
      ready={isChosen(chosen)}
      action={messages.setIt}
      change={change}
      onClose={onClose}
    >
      <NewPassphrase user={login.name} chosen={chosen} onChange={setChosen} />
    </Frame>
  );
}

function Remove({ login, onClose }: { login: LoginView; onClose: () => void }) {
  const change = useChange(() => backend.removeLogin(login.name), onClose);
  return (
    <Frame
      title={messages.removeTitle(login.displayName)}
      detail={messages.removeDetail}
      ready
      action={messages.removeIt}
      change={change}
      onClose={onClose}
    />
  );
}

/** The people of this device, for whoever may change them. */
export function Logins({ logins, roles }: { logins: LoginView[]; roles: RoleChoice[] }) {
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  return (
    <Section
      title={messages.logins}
      action={
        <Action small icon={IconUserPlus} onClick={() => setAsked({ what: "add" })} testId="login-add">
          {messages.addLogin}
        </Action>
      }
    >
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{messages.name}</th>
            <th scope="col">{messages.role}</th>
            <th scope="col">{messages.lastHere}</th>
            <th scope="col">
              <span className="visually-hidden">{messages.change}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {logins.map((login) => (
            <tr key={login.name} data-testid={`login-row-${login.name}`}>
              <th scope="row">
                <strong>
                  <bdi>{login.displayName}</bdi>
                </strong>{" "}
                <bdi className={table.second}>{login.name}</bdi>
                {login.state && <p className={styles.warn}>{login.state}</p>}
              </th>
              <td>{login.role}</td>
              <td className={table.nowrap}>
                <bdi>{login.lastHere}</bdi>
              </td>
              <td className={table.end}>
                {login.current ? (
                  <span className={table.second}>{messages.you}</span>
                ) : (
                  <span className={styles.pair}>
                    <TextAction
                      label={messages.resetFor(login.displayName)}
                      onClick={() => setAsked({ what: "reset", login })}
                      testId={`login-reset-${login.name}`}
                    >
                      {messages.reset}
                    </TextAction>
                    <TextAction
                      label={messages.removeFor(login.displayName)}
                      onClick={() => setAsked({ what: "remove", login })}
                      testId={`login-remove-${login.name}`}
                    >
                      {messages.remove}
                    </TextAction>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked?.what === "add" && <Add roles={roles} onClose={close} />}
      {asked?.what === "reset" && <Reset login={asked.login} onClose={close} />}
      {asked?.what === "remove" && <Remove login={asked.login} onClose={close} />}
    </Section>
  );
}
