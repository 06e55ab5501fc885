import { IconArrowsJoin2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { keys } from "../../app/query";
import { backend } from "../../backend";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Section";
import { HistoryButton } from "../past/HistoryDialog";
import styles from "./Merged.module.css";
import { messages } from "./messages";

/** What the machine put together today, each with the way to both its sources. */
export function Merged() {
  const merges = useQuery({ queryKey: keys.merges, queryFn: () => backend.merges() });
  const view = merges.data;
  if (!view || view.rows.length === 0) return null;
  return (
    <Section title={messages.merged}>
      <p className={styles.text} data-testid="merged-text">
        <Icon of={IconArrowsJoin2} /> <bdi>{view.text}</bdi>
      </p>
      <ul className={styles.rows}>
        {view.rows.map((row) => (
          <li key={row.key} data-testid={`merged-${row.key}`}>
            <span>
              <strong>
                <bdi>{row.title}</bdi>
              </strong>
              <bdi>{row.name}</bdi> · <bdi>{row.born}</bdi> · <bdi>{row.identifier}</bdi>
              <br />
              <bdi>{row.when}</bdi>
            </span>
            <HistoryButton recordKey={row.key} title={`${row.title}, ${row.name}`} view />
          </li>
        ))}
      </ul>
    </Section>
  );
}
