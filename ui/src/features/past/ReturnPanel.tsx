import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import type { ReturnPreview } from "../../backend";
import { Action } from "../../components/Actions";
import { Changes } from "../../components/Changes";
import { ReasonForm } from "../../components/ReasonForm";
import { ErrorPanel, LoadingRows } from "../../components/States";
import { messages } from "./messages";
import styles from "./past.module.css";

interface ReturnPanelProps {
  /** Names the preview in the cache. */
  of: readonly string[];
  preview: () => Promise<ReturnPreview>;
  act: (reason: string) => Promise<string>;
  label: string;
  onBack: () => void;
  onDone: () => void;
}

/** What returns, why, and the button that makes it so. */
export function ReturnPanel({ of, preview, act, label, onBack, onDone }: ReturnPanelProps) {
  const shown = useQuery({ queryKey: ["return", ...of], queryFn: preview, gcTime: 0 });
  const change = useMutation({
    mutationFn: act,
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries();
      onDone();
    },
  });
  const data = shown.data;
  if (shown.error && !data) return <ErrorPanel error={shown.error} />;
  if (!data) return <LoadingRows rows={4} />;
  return (
    <ReasonForm
      focus="now"
      label={label}
      icon={IconArrowBackUp}
      testId="return-now"
      reasonTestId="return-reason"
      why={data.possible ? "" : messages.notPossible}
      others={() => <Action onClick={onBack}>{messages.back}</Action>}
      busy={change.isPending}
      error={change.error}
      onSubmit={change.mutate}
    >
      <p>
        <bdi>{data.text}</bdi>
      </p>
      <Changes lines={data.changes} before={messages.now} after={messages.returns} label={messages.what} />
      {data.outcome && (
        <p>
          <bdi>{data.outcome}</bdi>
        </p>
      )}
      {data.whyNot && (
        <p className={styles.warn} data-testid="return-why-not">
          <bdi>{data.whyNot}</bdi>
        </p>
      )}
    </ReasonForm>
  );
}
