import { IconPaperclip } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { AttachmentView, AttachmentsView, DocumentView } from "../../backend";
import { Icon } from "../../components/Icon";
import { EmptyState, ErrorPanel } from "../../components/States";
import { AddDocument, Attachments } from "./Attachments";
import { messages } from "./messages";
import styles from "./DocumentsTab.module.css";

interface DocumentsProps {
  documents: DocumentView[];
  empty: string;
}

const none: AttachmentView[] = [];

/** Documents in a list, the text and the attachments of the chosen one beside it. */
export function DocumentsTab({ documents, empty, of }: DocumentsProps & { of?: Of }) {
  const [key, setKey] = useState("");
  const attached = of?.view?.rows ?? none;
  const chosen = documents.find((each) => each.key === key) ?? documents[0];
  const add = of?.view && <AddDocument patientId={of.patientId} patient={of.patient} view={of.view} />;
  if (!chosen) return <EmptyState title={empty} detail={messages.onDeviceOnly} action={add} />;
  const has = (each: DocumentView): boolean => attached.some((one) => one.owner === each.key);
  const readable = documents.some((each) => each.text !== null || has(each));
  const ofChosen = attached.filter((one) => one.owner === chosen.key);
  return (
    <div className={styles.split} data-readable={readable || undefined}>
      <div className={styles.list}>
        {add && <div className={styles.add}>{add}</div>}
        <ul>
          {documents.map((each) => (
            <li key={each.key}>
              <button
                type="button"
                className={styles.item}
                aria-current={(readable && each === chosen) || undefined}
                data-testid={`document-${each.key}`}
                onClick={() => setKey(each.key)}
              >
                <span className={styles.line}>
                  <strong>
                    <bdi>{each.title}</bdi>
                  </strong>
                  <span>
                    <bdi>{each.date}</bdi>
                  </span>
                </span>
                <span className={styles.detail}>
                  <bdi>{each.detail}</bdi>
                </span>
                {attached
                  .filter((one) => one.owner === each.key)
                  .map((one) => (
                    <span key={one.id} className={styles.attached}>
                      <Icon of={IconPaperclip} size={15} />
                      <bdi>{one.kind}</bdi> · <bdi>{one.state.text}</bdi>
                    </span>
                  ))}
              </button>
            </li>
          ))}
        </ul>
      </div>
      {readable && (
        <article className={styles.text} aria-label={chosen.title}>
          <h2>
            <bdi>{chosen.title}</bdi>
          </h2>
          <p className={styles.detail}>
            <bdi>
              {[chosen.date, chosen.detail].filter((part) => part !== "").join(" · ")}
            </bdi>
          </p>
          {of && <Attachments key={chosen.key} rows={ofChosen} folders={of.view?.folders ?? []} title={chosen.title} patient={of.patient} />}
          {chosen.text === null && ofChosen.length === 0 && <p className={styles.none}>{messages.noText}</p>}
          {chosen.text !== null && (
            <p className={styles.body} dir="auto">
              {chosen.text}
            </p>
          )}
        </article>
      )}
    </div>
  );
}

interface Of {
  patientId: string;
  patient: string;
  view: AttachmentsView | undefined;
}

/** Notes and documents, with what is attached to them. */
export function NotesTab({ patientId, patient, ...documents }: DocumentsProps & Omit<Of, "view">) {
  const attachments = useQuery({ queryKey: keys.attachments(patientId), queryFn: () => backend.attachments(patientId) });
  if (attachments.error) return <ErrorPanel error={attachments.error} retry={() => void attachments.refetch()} />;
  return <DocumentsTab {...documents} of={{ patientId, patient, view: attachments.data }} />;
}
