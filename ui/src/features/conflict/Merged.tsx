import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { ReactNode } from "react";
import type { ConflictView } from "../../backend";
import { Icon } from "../../components/Icon";
import { messages as words } from "../../components/messages";
import { MergedOrigin } from "./Marks";
import styles from "./Merged.module.css";
import { byElement, unchangedLines } from "./mergedGroups";
import { messages } from "./messages";

interface FoldProps {
  title: string;
  hint?: string;
  isOpen: boolean;
  controls: string;
  onToggle: () => void;
}

function Fold({ title, hint, isOpen, controls, onToggle }: FoldProps) {
  return (
    <button type="button" aria-expanded={isOpen} aria-controls={controls} onClick={onToggle} className={styles.fold}>
      <span className={styles.chevron}>
        <Icon of={isOpen ? IconChevronDown : IconChevronRight} />
      </span>
      <strong>{title}</strong>
      {hint && <bdi>{hint}</bdi>}
    </button>
  );
}

function List({ id, children }: { id: string; children: ReactNode }) {
  return (
    <dl id={id} className={styles.list}>
      {children}
    </dl>
  );
}

/** What the machine merged and what nobody changed: folded away, one click from sight. */
export function Merged({ view }: { view: ConflictView }) {
  const id = useId();
  const [open, setOpen] = useState<"merged" | "unchanged" | null>(null);
  const toggle = (part: "merged" | "unchanged"): void => setOpen(open === part ? null : part);
  const groups = byElement(view.merged);
  if (view.merged.length === 0 && view.unchanged === 0) return null;
  return (
    <div className={styles.merged}>
      <div className={styles.folds}>
        {view.merged.length > 0 && (
          <Fold
            title={messages.mergedCount(view.merged.length)}
            hint={groups.map((group) => group.label.toLowerCase()).join(words.semicolon)}
            isOpen={open === "merged"}
            controls={`${id}-merged`}
            onToggle={() => toggle("merged")}
          />
        )}
        {view.unchanged > 0 && (
          <Fold
            title={messages.unchangedCount(view.unchanged)}
            isOpen={open === "unchanged"}
            controls={`${id}-unchanged`}
            onToggle={() => toggle("unchanged")}
          />
        )}
      </div>
      {open === "merged" && (
        <List id={`${id}-merged`}>
          {groups.map((group) => (
            <div key={group.label}>
              <dt>
                <bdi>{group.label}</bdi>
              </dt>
              {group.fields.map((field) => (
                <dd key={field.path}>
                  {group.fields.length > 1 && <bdi className={styles.part}>{field.part}</bdi>}
                  <strong>
                    <bdi>{field.result}</bdi>
                  </strong>
                  <bdi className={styles.was}>{messages.was(field.before)}</bdi>
                  <MergedOrigin from={field.from} sides={view} />
                </dd>
              ))}
            </div>
          ))}
        </List>
      )}
      {open === "unchanged" && (
        <List id={`${id}-unchanged`}>
          {unchangedLines(view.record).map((line, i) => (
            <div key={`${line.label} ${String(i)}`}>
              <dt>{line.label}</dt>
              <dd>
                <bdi>{line.result}</bdi>
              </dd>
            </div>
          ))}
        </List>
      )}
    </div>
  );
}
