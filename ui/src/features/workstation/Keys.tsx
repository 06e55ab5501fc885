import { useMutation } from "@tanstack/react-query";
import { announce } from "../../app/announce";
import { keys as queries, queryClient } from "../../app/query";
import { backend } from "../../backend";
import type { KeysView } from "../../backend";
import { Action } from "../../components/Actions";
import { count } from "../../components/count";
import { Section } from "../../components/Section";
import { ErrorPanel } from "../../components/States";
import table from "../../components/table.module.css";
import { messages } from "./messages";
import { Standing } from "./Standing";
import styles from "./WorkstationScreen.module.css";

/** The generations of the keys and their age. */
export function Keys({ keys }: { keys: KeysView }) {
  const rotate = useMutation({
    mutationFn: () => backend.rotateKeys(),
    onSuccess: (said) => {
      announce(said);
      void queryClient.invalidateQueries({ queryKey: queries.workstation });
    },
  });
  return (
    <Section
      title={messages.keys}
      action={
        keys.mayRotate && (
          <Action small busy={rotate.isPending} onClick={() => rotate.mutate()} testId="keys-rotate">
            {rotate.isPending ? messages.rotating : messages.rotate}
          </Action>
        )
      }
    >
      <Standing standing={keys.standing} text={keys.text} detail={messages.keysDetail} />
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{messages.records}</th>
            <th scope="col" className={table.end}>
              {messages.generation}
            </th>
            <th scope="col">{messages.age}</th>
            <th scope="col" className={table.end}>
              {messages.sealed}
            </th>
            <th scope="col">{messages.state}</th>
          </tr>
        </thead>
        <tbody>
          {keys.rows.map((row) => (
            <tr key={`${row.name}-${String(row.generation)}`}>
              <th scope="row">{row.name}</th>
              <td className={table.end}>{row.generation}</td>
              <td className={table.nowrap}>
                <bdi>{row.age}</bdi>
              </td>
              <td className={table.end}>{count(row.bodies)}</td>
              <td>{row.state}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rotate.data && (
        <p className={styles.said} data-testid="keys-said">
          <bdi>{rotate.data}</bdi>
        </p>
      )}
      {rotate.error && <ErrorPanel error={rotate.error} />}
    </Section>
  );
}
