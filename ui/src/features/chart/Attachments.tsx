import { IconCircleCheck, IconDownload, IconFilePlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { AttachmentView, AttachmentsView, FolderView } from "../../backend";
import { Action } from "../../components/Actions";
import { Chips } from "../../components/Chips";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import form from "../../components/Form.module.css";
import { Icon } from "../../components/Icon";
import { messages as words } from "../../components/messages";
import { Parts } from "../../components/Parts";
import { ErrorPanel } from "../../components/States";
import { SyncBadge } from "../../components/SyncBadge";
import styles from "./Attachments.module.css";
import { messages } from "./messages";

interface SaveProps {
  attachment: AttachmentView;
  folders: FolderView[];
  title: string;
  patient: string;
  onClose: () => void;
}

const nameOf = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

interface FoldersProps {
  folders: FolderView[];
  file: string;
  onChange: (file: string) => void;
}

/** The folders where people keep files: one key puts the file there. */
function Folders({ folders, file, onChange }: FoldersProps) {
  if (folders.length < 2) return null;
  return (
    <Chips
      label={messages.folder}
      value={folders.find((each) => file === each.path + nameOf(file))?.path ?? ""}
      onChange={(path) => onChange(path + nameOf(file))}
      chips={folders.map((each) => ({ value: each.path, label: each.name }))}
    />
  );
}

/** Writes the content to a file of the person's choosing, verified: the folder by one key, the path by hand. */
function SaveDialog({ attachment, folders, title, patient, onClose }: SaveProps) {
  const [file, setFile] = useState(attachment.suggested);
  const save = useMutation({
    mutationFn: () => backend.saveAttachment(attachment.id, file),
    onSuccess: (said) => announce(said),
  });
  return (
    <Dialog title={messages.saveTitle(title)} patient={<Parts text={patient} />} onClose={onClose} testId="attachment-dialog">
      {save.data ? (
        <div className={form.form}>
          <p className={styles.saved} data-testid="attachment-saved">
            <Icon of={IconCircleCheck} />
            <bdi>{save.data}</bdi>
          </p>
          <p>{messages.saveDetail}</p>
          <div className={form.actions}>
            <Action main onClick={onClose} testId="attachment-done">
              {words.close}
            </Action>
          </div>
        </div>
      ) : (
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
          <Folders folders={folders} file={file} onChange={setFile} />
          <Field path first label={messages.file} value={file} onChange={setFile} testId="attachment-file" />
          {save.error && <ErrorPanel error={save.error} />}
          <div className={form.actions}>
            <Action onClick={onClose}>{words.cancel}</Action>
            <Action main submit icon={IconDownload} busy={save.isPending} testId="attachment-save-now">
              {messages.saveNow}
            </Action>
          </div>
        </form>
      )}
    </Dialog>
  );
}

interface AttachmentsProps {
  rows: AttachmentView[];
  folders: FolderView[];
  title: string;
  patient: string;
}

/** The attachments of one document: what they are, whether they are here, and out to a file. */
export function Attachments({ rows, folders, title, patient }: AttachmentsProps) {
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
      {saving && (
        <SaveDialog attachment={saving} folders={folders} title={title} patient={patient} onClose={() => setSaving(undefined)} />
      )}
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
    nameOf(file.trim()) === "" ? messages.fileMissing : kind.trim() === "" ? messages.kindMissing : "";
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
        <Folders folders={view.folders} file={file} onChange={setFile} />
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
