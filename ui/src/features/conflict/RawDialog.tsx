import { useQuery } from "@tanstack/react-query";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import type { ConflictView, Segment } from "../../backend";
import { Dialog } from "../../components/Dialog";
import { DiffText } from "../../components/DiffText";
import { Parts } from "../../components/Parts";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { messages } from "./messages";
import styles from "./RawDialog.module.css";

function Side({ label, segments, tone }: { label: string; segments: Segment[]; tone: "device" | "server" }) {
  return (
    <section aria-label={label}>
      <h3>{label}</h3>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and so the keyboard must reach it */}
      <pre className={styles.json} dir="ltr" tabIndex={0} role="group" aria-label={label}>
        {segments.length === 0 ? messages.deletedSide : <DiffText segments={segments} tone={tone} />}
      </pre>
    </section>
  );
}

/** Both versions as JSON against the one before them, for administrators. */
export function RawDialog({ view, onClose }: { view: ConflictView; onClose: () => void }) {
  const { id, banner } = view;
  const raw = useQuery({ queryKey: [...keys.conflict(id), "raw"], queryFn: () => backend.rawConflict(id), gcTime: 0 });
  return (
    <Dialog
      title={messages.rawTitle}
      patient={banner && <Parts text={`${banner.name} · ${banner.born} · ${banner.identifierLabel} ${banner.identifier}`} />}
      onClose={onClose}
      testId="raw-dialog"
      wide
    >
      <p>{messages.rawDetail}</p>
      {raw.error && <ErrorPanel error={raw.error} />}
      {!raw.data && !raw.error && <LoadingRows rows={6} />}
      {raw.data && (
        <div className={styles.sides}>
          <Side label={messages.device} segments={raw.data.device} tone="device" />
          <Side label={messages.server} segments={raw.data.server} tone="server" />
        </div>
      )}
    </Dialog>
  );
}
