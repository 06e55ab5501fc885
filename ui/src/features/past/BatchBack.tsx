import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { announce } from "../../app/announce";
import { queryClient } from "../../app/query";
import { backend } from "../../backend";
import { Action } from "../../components/Actions";
import form from "../../components/Form.module.css";
import { ErrorPanel } from "../../components/States";
import { messages } from "./messages";
import styles from "./past.module.css";

/** Takes back all that was decided together, in one step. */
export function BatchBack({ batchId, onDone }: { batchId: string; onDone: () => void }) {
  const back = useMutation({
    mutationFn: () => backend.takeBatchBack(batchId, ""),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries();
      onDone();
    },
  });
  return (
    <div className={form.form}>
      <p className={styles.quiet}>{messages.batchBackDetail}</p>
      {back.error && <ErrorPanel error={back.error} />}
      <div className={form.actions}>
        <Action icon={IconArrowBackUp} busy={back.isPending} onClick={() => back.mutate()} testId="batch-back-now">
          {back.isPending ? messages.returning : messages.batchBackNow}
        </Action>
      </div>
    </div>
  );
}
