import { useDebouncedValue } from "@mantine/hooks";
import { IconDeviceFloppy, IconDeviceLaptop, IconPencil, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { alarm, announce } from "../../app/announce";
import { useWindowKeys } from "../../app/keys";
import { keys, queryClient, useSession } from "../../app/query";
import { BackendError, backend } from "../../backend";
import type { SavedView, VitalsCheckView, VitalsFormView, VitalsInput } from "../../backend";
import { Action } from "../../components/Actions";
import { Icon } from "../../components/Icon";
import { Parts } from "../../components/Parts";
import { messages as words } from "../../components/messages";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { draftOf, dropDraft, forgetDraft, isTyped, keepDraft } from "./drafts";
import { messages } from "./messages";
import { VitalsFields } from "./VitalsFields";
import styles from "./VitalsForm.module.css";

const checkAfterMs = 200;

const blank = (patientId: string, form: VitalsFormView): VitalsInput => ({
  patientId,
  date: form.date,
  time: form.time,
  values: form.fields.map((field) => ({ key: field.key, text: "" })),
  confirmed: [],
});

function useCheck(input: VitalsInput): VitalsCheckView | undefined {
  const [settled] = useDebouncedValue(input, checkAfterMs);
  return useQuery({
    queryKey: [...keys.vitalsForm(input.patientId), "check", settled],
    queryFn: () => backend.checkVitals(settled),
    placeholderData: (previous) => previous,
    gcTime: 0,
  }).data;
}

interface OpenFormProps {
  patientId: string;
  form: VitalsFormView;
  user: string;
  onClose: () => void;
}

function OpenForm({ patientId, form, user, onClose }: OpenFormProps) {
  const [input, setInput] = useState(() => draftOf(user, patientId) ?? blank(patientId, form));
  const [saved, setSaved] = useState<SavedView>();
  const panel = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const check = useCheck(input);
  const typed = isTyped(input);

  const change = (next: VitalsInput): void => {
    setInput(next);
    if (isTyped(next)) keepDraft(user, next);
    else dropDraft(user, patientId);
  };

  const focusField = (key: string): void => panel.current?.querySelector<HTMLElement>(`[data-field="${key}"]`)?.focus();

  useEffect(() => {
    panel.current?.querySelector<HTMLElement>("[data-field]:not([data-when])")?.focus();
  }, []);

  // A form asked for anew brings the time of now, unless a person is typing.
  useEffect(() => setInput((now) => (isTyped(now) ? now : blank(patientId, form))), [patientId, form]);

  const save = useMutation({
    mutationFn: async () => {
      // What was typed last may not have been looked at yet.
      const fresh = await backend.checkVitals(input);
      if (!fresh.canSave) return fresh;
      const done = await backend.saveVitals(input);
      forgetDraft(user, patientId);
      return done;
    },
    onSuccess: (answer) => {
      if ("checks" in answer) {
        queryClient.setQueryData([...keys.vitalsForm(patientId), "check", input], answer);
        announce(answer.reason);
        const first = answer.checks.find((each) => each.state === "blocked" || each.state === "unusual");
        if (first) focusField(first.key);
        return;
      }
      setSaved(answer);
      announce(answer.text);
      void queryClient.invalidateQueries({ queryKey: keys.chart(patientId) });
      void queryClient.invalidateQueries({ queryKey: keys.patients });
      void queryClient.invalidateQueries({ queryKey: keys.vitalsForm(patientId), exact: true });
      setInput(blank(patientId, form));
      panel.current?.focus();
      body.current?.scrollTo({ top: 0 });
    },
    onError: (error) => {
      const problem = error instanceof BackendError ? error.message : words.unexpected;
      alarm(`${messages.notSaved} ${problem}`);
    },
  });

  const canSave = typed && check?.canSave !== false;
  const reason = check?.reason ?? "";
  const trySave = (): void => {
    if (typed && !save.isPending) save.mutate();
  };
  useWindowKeys({ "Ctrl+S": trySave });

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes from any of its fields
    <aside
      ref={panel}
      tabIndex={-1}
      className={styles.panel}
      aria-labelledby="add-vitals-title"
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) {
          event.preventDefault();
          onClose();
        }
      }}
    >
      <header className={styles.head}>
        <h2 id="add-vitals-title">{messages.add}</h2>
        {typed && (
          <span className={styles.draft}>
            <Icon of={IconPencil} size={15} />
            {messages.draft}
          </span>
        )}
        <button type="button" className={styles.close} onClick={onClose} aria-label={messages.close} title={messages.close} aria-keyshortcuts="Escape">
          <Icon of={IconX} />
        </button>
      </header>
      <p className={styles.patient}>
        <Parts text={form.patient} />
      </p>
      <div ref={body} className={styles.body}>
        <VitalsFields form={form} input={input} checks={check?.checks ?? []} onChange={change} />
        <p className={styles.hint}>{messages.leaveEmpty}</p>
      </div>
      <footer className={styles.foot}>
        {save.error && <ErrorPanel error={save.error} />}
        <div className={styles.actions}>
          <Action
            main
            grow
            icon={IconDeviceFloppy}
            {...(canSave ? { keys: "Ctrl S" } : {})}
            locked={!canSave}
            busy={save.isPending}
            onClick={trySave}
            testId="vitals-save"
          >
            {canSave || !reason ? (save.isPending ? messages.saving : messages.save) : messages.lockedSave(reason)}
          </Action>
          {typed && (
            <Action
              testId="vitals-discard"
              onClick={() => {
                change(blank(patientId, form));
                save.reset();
                announce(messages.discarded);
              }}
            >
              {messages.discard}
            </Action>
          )}
        </div>
        {saved && (
          <p className={styles.saved} data-testid="saved-note">
            <Icon of={IconDeviceLaptop} />
            <span>
              <bdi>{saved.what}</bdi> <strong><bdi>{saved.text}</bdi></strong>
            </span>
          </p>
        )}
      </footer>
    </aside>
  );
}

/** The form beside the trends. Closing it keeps what was typed, for this person and this patient. */
export function VitalsForm({ patientId, onClose }: { patientId: string; onClose: () => void }) {
  const user = useSession().data?.user ?? "";
  const form = useQuery({
    queryKey: keys.vitalsForm(patientId),
    queryFn: () => backend.vitalsForm(patientId),
    gcTime: 0,
  });
  if (form.data) return <OpenForm patientId={patientId} form={form.data} user={user} onClose={onClose} />;
  return (
    <aside className={styles.panel}>
      {form.error ? <ErrorPanel error={form.error} retry={() => void form.refetch()} /> : <LoadingRows />}
    </aside>
  );
}
