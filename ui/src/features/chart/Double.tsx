import { IconLink, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { announce } from "../../app/announce";
import { keys, queryClient } from "../../app/query";
import { href } from "../../app/route";
import { backend } from "../../backend";
import type { DoubleVerdict, DoubleView } from "../../backend";
import { Action } from "../../components/Actions";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { Parts } from "../../components/Parts";
import { ReasonForm } from "../../components/ReasonForm";
import table from "../../components/table.module.css";
import styles from "./Double.module.css";
import { messages } from "./messages";

interface CompareProps {
  patientId: string;
  patient: string;
  double: DoubleView;
  onClose: () => void;
}

/** Both records side by side, and a person's word on them: linked or two people, never joined. */
function Compare({ patientId, patient, double, onClose }: CompareProps) {
  const judge = useMutation({
    mutationFn: ({ verdict, reason }: { verdict: DoubleVerdict; reason: string }) =>
      backend.judgeDouble({ patientId, otherId: double.id, verdict, reason }),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog wide title={messages.compareTitle} patient={<Parts text={patient} />} onClose={onClose} testId="double-dialog">
      <ReasonForm
        label={double.linked ? messages.unlink : messages.link}
        icon={IconLink}
        testId="double-link"
        reasonTestId="double-reason"
        others={(reason) =>
          !double.linked && (
            <Action icon={IconUsers} onClick={() => judge.mutate({ verdict: "keepApart", reason })} testId="double-apart">
              {messages.keepApart}
            </Action>
          )
        }
        busy={judge.isPending}
        error={judge.error}
        onSubmit={(reason) => judge.mutate({ verdict: double.linked ? "unlink" : "link", reason })}
      >
        <p>{double.linked ? messages.linkedDetail : messages.compareDetail}</p>
        <table className={`${table.lines} ${table.compared}`} aria-label={messages.compareTitle}>
          <thead>
            <tr>
              <td />
              <th scope="col">{messages.thisRecord}</th>
              <th scope="col">{messages.otherRecord}</th>
            </tr>
          </thead>
          <tbody>
            {double.lines.map((line) => (
              <tr key={line.label} data-differs={line.differs || undefined}>
                <th scope="row">
                  <bdi>{line.label}</bdi>
                  {line.differs && <span className={table.differs}>{messages.differs}</span>}
                </th>
                <td>
                  <bdi>{line.here}</bdi>
                </td>
                <td>
                  <bdi>{line.there}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ReasonForm>
    </Dialog>
  );
}

/** Says that another record is, or may be, of the same person; the two are compared side by side. */
export function DoubleStrips({ patientId, patient }: { patientId: string; patient: string }) {
  const [asked, setAsked] = useState("");
  const doubles = useQuery({ queryKey: keys.doubles(patientId), queryFn: () => backend.doubles(patientId) }).data ?? [];
  const chosen = doubles.find((double) => double.id === asked);
  return (
    <>
      {doubles.map((double) => (
        <div key={double.id} className={styles.strip} data-linked={double.linked || undefined} data-testid="double-strip">
          <Icon of={double.linked ? IconLink : IconUsers} />
          <p>
            <strong>{double.linked ? messages.linkedRecord : messages.maybeSame}</strong> <Parts text={double.other} />
            {!double.linked && double.why && (
              <>
                {" · "}
                <bdi>{double.why}</bdi>
              </>
            )}
          </p>
          {double.linked && (
            <a href={href({ screen: "chart", id: double.id, tab: "summary" })} data-testid="double-open">
              {messages.openOther}
            </a>
          )}
          <Action small onClick={() => setAsked(double.id)} testId="double-compare">
            {messages.compare}
          </Action>
        </div>
      ))}
      {chosen && <Compare patientId={patientId} patient={patient} double={chosen} onClose={() => setAsked("")} />}
    </>
  );
}
