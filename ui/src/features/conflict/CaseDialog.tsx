import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { announce } from "../../app/announce";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { BannerView, CaseView, ConflictView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import form from "../../components/Form.module.css";
import { Parts } from "../../components/Parts";
import { Select } from "../../components/Select";
import { ErrorPanel } from "../../components/States";
import styles from "./CaseDialog.module.css";
import { messages } from "./messages";

interface AssigneeProps {
  caseView: CaseView;
  value: string;
  onChange: (login: string) => void;
  first: boolean;
}

function Assignee({ caseView, value, onChange, first }: AssigneeProps) {
  const id = useId();
  const isKnown = value === "" || caseView.people.some((person) => person.login === value);
  return (
    <div className={form.row}>
      <label htmlFor={id}>{messages.whoDecides}</label>
      <Select
        id={id}
        data-first={first || undefined}
        data-testid="case-assignee"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="">{messages.nobodyInParticular}</option>
        {!isKnown && <option value={value}>{caseView.assigneeText}</option>}
        {caseView.people.map((person) => (
          <option key={person.login} value={person.login}>
            {person.label}
          </option>
        ))}
      </Select>
    </div>
  );
}

function Thread({ caseView }: { caseView: CaseView }) {
  return (
    <section aria-label={messages.thread}>
      <h3 className={styles.heading}>{messages.thread}</h3>
      {caseView.comments.length === 0 && <p className={styles.quiet}>{messages.nothingSaid}</p>}
      <ol className={styles.thread} data-testid="case-comments">
        {caseView.comments.map((comment, i) => (
          <li key={`${String(i)} ${comment.at}`}>
            <p className={styles.quiet}>
              <strong>
                <bdi>{comment.who}</bdi>
              </strong>{" "}
              <bdi>{comment.at}</bdi>
              {comment.waits && ` · ${messages.notSent}`}
            </p>
            <p dir="auto">{comment.text}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface CaseDialogProps {
  id: string;
  caseView: CaseView;
  title: string;
  banner: BannerView | null;
  onClose: () => void;
}

/** A conflict before the clinic, or on its way there: who decides, and what is said of it. */
export function CaseDialog({ id, caseView, title, banner, onClose }: CaseDialogProps) {
  const [assignee, setAssignee] = useState(caseView.assignee);
  const [text, setText] = useState("");
  const put = (view: ConflictView): void => {
    queryClient.setQueryData(keys.conflict(id), view);
    void queryClient.invalidateQueries({ queryKey: keys.inbox });
  };
  const assign = useMutation({
    mutationFn: (login: string) => backend.assignConflict(id, login),
    onSuccess: (view) => {
      put(view);
      announce(messages.assigned(view.case.assigneeText || messages.nobodyInParticular));
    },
  });
  const say = useMutation({
    mutationFn: () => backend.commentOnConflict(id, text),
    onSuccess: (view) => {
      put(view);
      setText("");
      announce(messages.commented);
    },
  });
  const ask = useMutation({
    mutationFn: () => backend.escalateConflict({ conflictId: id, assignee, comment: text }),
    onSuccess: (view) => {
      put(view);
      announce(messages.asked);
      onClose();
    },
  });
  const { escalated } = caseView;
  const isEmpty = text.trim() === "";
  const error = assign.error ?? say.error ?? ask.error;
  return (
    <Dialog
      title={escalated ? messages.clinicTitle : messages.askTitle}
      patient={
        <>
          {banner && <Parts text={`${banner.name} · ${banner.born} · ${banner.identifierLabel} ${banner.identifier} · `} />}
          <bdi>{title}</bdi>
        </>
      }
      onClose={onClose}
      testId="case-dialog"
    >
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!escalated) ask.mutate();
          else if (!isEmpty) say.mutate();
        }}
      >
        <p className={styles.quiet}>
          {escalated ? (
            <bdi>
              {[caseView.origin && messages.fromDevice(caseView.origin), caseView.stage, messages.waited(caseView.age)]
                .filter(Boolean)
                .join(" · ")}
            </bdi>
          ) : (
            messages.askDetail
          )}
        </p>
        <Assignee
          caseView={caseView}
          value={escalated ? caseView.assignee : assignee}
          onChange={(login) => (escalated ? assign.mutate(login) : setAssignee(login))}
          first
        />
        {escalated && <Thread caseView={caseView} />}
        <Field label={messages.comment} hint={messages.commentHint} value={text} onChange={setText} testId="case-comment" />
        {error && <ErrorPanel error={error} />}
        <div className={form.actions}>
          {escalated ? (
            <Action submit locked={isEmpty} busy={say.isPending} testId="case-say">
              {messages.say}
            </Action>
          ) : (
            <Action main submit busy={ask.isPending} testId="case-ask">
              {messages.ask}
            </Action>
          )}
        </div>
      </form>
    </Dialog>
  );
}
