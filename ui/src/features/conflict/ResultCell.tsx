import type { ConflictView, FieldView } from "../../backend";
import { TextAction } from "../../components/Actions";
import { KeyHint } from "../../components/KeyHint";
import type { FieldActions } from "./fieldActions";
import { FieldEditor } from "./FieldEditor";
import styles from "./FieldTable.module.css";
import { Choose, Origin } from "./Marks";
import { messages } from "./messages";

interface ResultCellProps {
  field: FieldView;
  view: ConflictView;
  actions: FieldActions;
  isActive: boolean;
}

/** What comes out for one field: dashed amber until a person has decided. */
export function ResultCell({ field, view, actions, isActive }: ResultCellProps) {
  const undecided = field.pick === "undecided";
  return (
    <td className={styles.result} data-testid="result" data-undecided={undecided || undefined}>
      {actions.editing === field.path ? (
        <FieldEditor field={field} actions={actions} />
      ) : (
        <>
          {undecided ? (
            <Choose />
          ) : (
            <>
              <strong className={styles.value}>
                <bdi>{field.result || messages.notRecorded}</bdi>
              </strong>
              <Origin pick={field.pick} sides={view} />
            </>
          )}
          {isActive && (
            <div className={styles.more}>
              {field.canKeepBoth && (
                <span>
                  <TextAction onClick={() => actions.pick(field.path, "both")} testId="pick-both">
                    {messages.keepBoth}
                  </TextAction>
                  <KeyHint keys="3" />
                </span>
              )}
              {field.canBeUnknown && (
                <TextAction onClick={() => actions.pick(field.path, "unknown")} testId="enter-unknown">
                  {messages.enterUnknown}
                </TextAction>
              )}
              {field.edit.kind !== "none" && (
                <span>
                  <TextAction onClick={() => actions.edit(field.path)} testId="edit-field">
                    {messages.edit}
                  </TextAction>
                  <KeyHint keys="E" />
                </span>
              )}
            </div>
          )}
        </>
      )}
    </td>
  );
}
