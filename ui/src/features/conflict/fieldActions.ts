import type { PickView } from "../../backend";

/** What the rows of both looks know and can do. */
export interface FieldActions {
  /** The path of the row that the keys act on. */
  active: string;
  /** The path of the row that is being typed over. */
  editing: string | undefined;
  beforeShown: ReadonlySet<string>;
  /** Why the last choice was not taken. */
  problem: Error | null;
  pick: (path: string, pick: PickView, text?: string) => void;
  toggleBefore: (path: string) => void;
  activate: (path: string) => void;
  edit: (path: string) => void;
  closeEditor: (path: string) => void;
}
