import type { KeyboardEvent, ReactNode } from "react";
import styles from "./LinkRow.module.css";

interface LinkRowProps {
  children: ReactNode;
  /** What the row is called: the text of the button that opens it. */
  name: ReactNode;
  /** Further words in the first cell. */
  extras?: ReactNode;
  /** A cell before the name. */
  lead?: ReactNode;
  className?: string;
  rowIndex?: number;
  index: number;
  selected: boolean;
  testId: string;
  onActivate: () => void;
  /** Where a click of the mouse only selects; a double click and Enter still open. */
  onSelect?: () => void;
  onFocus: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * A table row that opens something. The real control is the button around its name, of which only the
 * selected row's can be reached by Tab; a click anywhere else on the row does the same.
 */
export function LinkRow(props: LinkRowProps) {
  return (
    <tr
      className={`${styles.row ?? ""} ${props.className ?? ""}`}
      aria-rowindex={props.rowIndex}
      data-index={props.index}
      data-testid={props.testId}
      data-selected={props.selected || undefined}
      onClick={props.onSelect ?? props.onActivate}
      onDoubleClick={props.onSelect && props.onActivate}
    >
      {props.lead}
      <th scope="row">
        <button
          type="button"
          className={styles.open}
          tabIndex={props.selected ? 0 : -1}
          aria-current={props.selected || undefined}
          onFocus={props.onFocus}
          onKeyDown={props.onKeyDown}
          onClick={(event) => {
            event.stopPropagation();
            // A click that came from the keyboard has no count.
            if (event.detail > 0 && props.onSelect) props.onSelect();
            else props.onActivate();
          }}
        >
          {props.name}
        </button>
        {props.extras}
      </th>
      {props.children}
    </tr>
  );
}
