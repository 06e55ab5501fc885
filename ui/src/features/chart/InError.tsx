import { IconAlertTriangle, IconEraser } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { AllergySourceView, AllergyView, BannerView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { messages as words } from "../../components/messages";
import { Parts } from "../../components/Parts";
import { ReasonForm } from "../../components/ReasonForm";
import table from "../../components/table.module.css";
import styles from "./InError.module.css";
import { messages } from "./messages";

/** Names the list that takes the focus once the record is out of it. */
export const allergiesList = "allergies-list";

interface InErrorProps {
  allergy: AllergyView;
  source: AllergySourceView;
  banner: BannerView;
}

function InErrorDialog({ allergy, source, banner, onClose }: InErrorProps & { onClose: () => void }) {
  const others = allergy.sources.filter((each) => each.key !== source.key);
  const mark = useMutation({
    mutationFn: (reason: string) => backend.markInError(source.key, reason),
    onSuccess: async (said) => {
      announce(said);
      onClose();
      await queryClient.invalidateQueries();
      // What opened the dialog is gone with its record.
      document.getElementById(allergiesList)?.focus();
    },
  });
  const rows: [string, (each: AllergySourceView) => string][] = [
    [messages.recordedBy, (each) => each.by],
    [messages.criticality, (each) => each.criticality],
    [messages.reaction, (each) => each.reaction],
  ];
  return (
    <Dialog
      wide
      title={messages.inErrorTitle(allergy.substance)}
      patient={<Parts text={`${banner.name} · ${banner.born} · ${banner.identifierLabel} ${banner.identifier}`} />}
      onClose={onClose}
      testId="in-error-dialog"
    >
      <ReasonForm
        label={messages.inErrorNow}
        icon={IconEraser}
        testId="in-error-now"
        reasonTestId="in-error-reason"
        choices={messages.inErrorReasons}
        others={() => <Action onClick={onClose}>{words.cancel}</Action>}
        busy={mark.isPending}
        error={mark.error}
        onSubmit={mark.mutate}
      >
        <p>{messages.inErrorDetail}</p>
        <table className={`${table.lines} ${table.compared}`} aria-label={messages.inErrorTitle(allergy.substance)}>
          <thead>
            <tr>
              <td />
              <th scope="col">{messages.inErrorThis}</th>
              {others.map((each) => (
                <th key={each.key} scope="col">
                  {messages.inErrorOther}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([label, of]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {[source, ...others].map((each) => (
                  <td key={each.key}>
                    <bdi>{of(each)}</bdi>
                  </td>
                ))}
              </tr>
            ))}
            <tr data-testid="in-error-after">
              <th scope="row">{messages.afterwards}</th>
              <td>
                <strong>{messages.afterMarked}</strong>
              </td>
              <td colSpan={others.length}>
                <strong>{messages.afterLeft}</strong>
                <br />
                <bdi>{source.left}</bdi>
              </td>
            </tr>
          </tbody>
        </table>
        {source.weakens && (
          <p className={styles.weakens} data-testid="in-error-weakens">
            <Icon of={IconAlertTriangle} />
            <bdi>{source.weakens}</bdi>
          </p>
        )}
      </ReasonForm>
    </Dialog>
  );
}

/** Marks one of several records of the same allergy as entered in error, with a reason. */
export function InError(props: InErrorProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Action
        small
        label={messages.inErrorLabel(props.allergy.substance, props.source.by)}
        onClick={() => setOpen(true)}
        testId={`in-error-${props.source.key}`}
      >
        {messages.inError}
      </Action>
      {isOpen && <InErrorDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
