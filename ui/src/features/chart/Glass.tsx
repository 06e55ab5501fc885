import { IconEyeOff, IconShieldExclamation } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { announce } from "../../app/announce";
import { keys, queryClient } from "../../app/query";
import { backend } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { messages as words } from "../../components/messages";
import { Parts } from "../../components/Parts";
import { ErrorPanel } from "../../components/States";
import { Strip } from "../../components/Strip";
import { messages } from "./messages";
import styles from "./Glass.module.css";

function refresh(patientId: string): void {
  void queryClient.invalidateQueries({ queryKey: keys.glass(patientId) });
  void queryClient.invalidateQueries({ queryKey: keys.chart(patientId) });
}

/** What lies behind the glass of one chart; asked again when the window is over. */
function useGlass(patientId: string) {
  const glass = useQuery({ queryKey: keys.glass(patientId), queryFn: () => backend.glass(patientId) }).data;
  const leftMs = glass?.leftMs;
  useEffect(() => {
    if (leftMs === null || leftMs === undefined) return;
    const timer = setTimeout(() => refresh(patientId), leftMs + 1000);
    return () => clearTimeout(timer);
  }, [leftMs, patientId]);
  return glass;
}

interface BreakDialogProps {
  patientId: string;
  /** Two identifiers, parted by " · "; empty where they lie behind the glass, too. */
  patient: string;
  onClose: () => void;
}

function BreakDialog({ patientId, patient, onClose }: BreakDialogProps) {
  const id = useId();
  const [reason, setReason] = useState("");
  const open = useMutation({
    mutationFn: () => backend.breakGlass(patientId, reason),
    onSuccess: (glass) => {
      queryClient.setQueryData(keys.glass(patientId), glass);
      void queryClient.invalidateQueries({ queryKey: keys.chart(patientId) });
      announce(glass.text);
      onClose();
    },
  });
  const given = reason.trim() !== "";
  return (
    <Dialog
      title={messages.breakTitle}
      patient={patient ? <Parts text={patient} /> : undefined}
      onClose={onClose}
      testId="glass-dialog"
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (given && !open.isPending) open.mutate();
        }}
      >
        <p>{messages.breakDetail}</p>
        <label htmlFor={id}>{messages.reason}</label>
        <textarea
          id={id}
          data-first
          data-testid="glass-reason"
          rows={3}
          dir="auto"
          value={reason}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <p id={`${id}-hint`} className={styles.hint}>
          {messages.reasonHint}
        </p>
        {open.error && <ErrorPanel error={open.error} />}
        <div className={styles.actions}>
          <Action onClick={onClose}>{words.cancel}</Action>
          <Action main submit locked={!given} busy={open.isPending} testId="glass-open">
            {given ? messages.openFor : messages.reasonMissing}
          </Action>
        </div>
      </form>
    </Dialog>
  );
}

/** Says that records are hidden, or until when the glass is broken; nothing where there is nothing to say. */
export function GlassStrip({ patientId, patient }: { patientId: string; patient: string }) {
  const glass = useGlass(patientId);
  const [asking, setAsking] = useState(false);
  if (!glass || glass.state === "clear") return null;
  const broken = glass.state === "broken";
  return (
    <>
      <Strip
        tone={broken ? "critical" : "plain"}
        icon={broken ? IconShieldExclamation : IconEyeOff}
        title={glass.text}
        detail={glass.detail}
        testId={broken ? "glass-broken" : "glass-hidden"}
        action={
          !broken && (
            <Action small onClick={() => setAsking(true)} testId="break-glass">
              {messages.breakGlass}
            </Action>
          )
        }
      />
      {asking && !broken && <BreakDialog patientId={patientId} patient={patient} onClose={() => setAsking(false)} />}
    </>
  );
}

/** A chart whose very name is hidden: what happened, and the glass where this user may break it. */
export function ClosedChart({ patientId, error }: { patientId: string; error: unknown }) {
  return (
    <>
      <h1 className="visually-hidden">{messages.closedChart}</h1>
      <GlassStrip patientId={patientId} patient="" />
      <ErrorPanel error={error} />
    </>
  );
}
