import { IconDownload, IconFilePlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { AttachmentView, AttachmentsView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import form from "../../components/Form.module.css";
import { messages as words } from "../../components/messages";
import { Parts } from "../../components/Parts";
import { ErrorPanel } from "../../components/States";
import { SyncBadge } from "../../components/SyncBadge";
import styles from "./Attachments.module.css";
import { messages } from "./messages";

interface SaveProps {
  attachment: AttachmentView;
  title: string;
  patient: string;
  onClose: () => void;
}

/** Writes the content to a file of the person's choosing, verified. */
function SaveDialog({ attachment, title, patient, onClose }: SaveProps) {
  const [file, setFile] = useState(attachment.suggested);
  const save = useMutation({
    mutationFn: () => backend.saveAttachment(attachment.id, file),
    onSuccess: (said) => {
      announce(said);
      onClose();
    },
  });
  return (
    <Dialog title={messages.saveTitle(title)} patient={<Parts text={patient} />} onClose={onClose} testId="attachment-dialog">
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        <p>
          <bdi>{attachment.kind}</bdi> · <bdi>{attachment.size}</bdi>. {messages.saveDetail}
        </p>
        <Field path first label={messages.file} value={file} onChange={setFile} testId="attachment-file" />
        {save.error && <ErrorPanel error={save.error} />}
        <div className={form.actions}>
          <Action onClick={onClose}>{words.cancel}</Action>
          <Action main submit icon={IconDownload} busy={save.isPending} testId="attachment-save-now">
            {messages.saveNow}
          </Action>
        </div>
      </form>
    </Dialog>
  );
}

/** The attachments of one document: what they are, whether they are here, and out to a file. */
export function Attachments({ rows, title, patient }: { rows: AttachmentView[]; title: string; patient: string }) {
  const [saving, setSaving] = useState<AttachmentView>();
  if (rows.length === 0) return null;
  return (
    <ul className={styles.rows} aria-label={messages.attachments}>
      {rows.map((row) => (
        <li key={row.id} data-testid={`attachment-${row.id}`} data-state={row.state.state}>
          <span className={styles.what}>
            <strong>
              <bdi>{row.kind}</bdi>
            </strong>{" "}
            · <bdi>{row.size}</bdi>
            <span className={styles.state}>
              <SyncBadge badge={row.state} />
            </span>
            {row.detail && (
              <span className={styles.detail}>
                <bdi>{row.detail}</bdi>
              </span>
            )}
          </span>
          {row.here && (
            <Action small icon={IconDownload} onClick={() => setSaving(row)} testId={`attachment-save-${row.id}`}>
              {messages.saveToFile}
            </Action>
          )}
        </li>
      ))}
      {saving && <SaveDialog attachment={saving} title={title} patient={patient} onClose={() => setSaving(undefined)} />}
    </ul>
  );
}

interface AddProps {
  patientId: string;
  patient: string;
  view: AttachmentsView;
}

function AddDialog({ patientId, patient, view, onClose }: AddProps & { onClose: () => void }) {
  const [file, setFile] = useState(view.folder);
  const [kind, setKind] = useState("");
  const [title, setTitle] = useState("");
  const add = useMutation({
    mutationFn: () => backend.addAttachment({ patientId, file, kind, title }),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  const lacks =
    file.trim() === view.folder || file.trim() === "" ? messages.fileMissing : kind.trim() === "" ? messages.kindMissing : "";
  return (
    <Dialog title={messages.addDocument} patient={<Parts text={patient} />} onClose={onClose} testId="add-document-dialog">
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (lacks === "" && !add.isPending) add.mutate();
        }}
      >
        <p>{messages.addDetail}</p>
        <Field path first label={messages.file} value={file} onChange={setFile} testId="document-file" />
        <Field label={messages.documentKind} value={kind} onChange={setKind} choices={view.kinds} testId="document-kind" />
        <Field label={messages.documentTitle} value={title} onChange={setTitle} testId="document-title" />
        {add.error && <ErrorPanel error={add.error} />}
        <div className={form.actions}>
          <Action onClick={onClose}>{words.cancel}</Action>
          <Action main submit icon={IconFilePlus} locked={lacks !== ""} busy={add.isPending} testId="document-add-now">
            {lacks === "" ? messages.addNow : lacks}
          </Action>
        </div>
      </form>
    </Dialog>
  );
}

/** Takes a file into the chart; absent for those who may not write in it. */
export function AddDocument(props: AddProps) {
  const [isOpen, setOpen] = useState(false);
  if (!props.view.mayAdd) return null;
  return (
    <>
      <Action icon={IconFilePlus} onClick={() => setOpen(true)} testId="add-document">
        {messages.addDocument}
      </Action>
      {isOpen && <AddDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
