import type { ConflictView, MergedFieldView } from "../../backend";

/** What the machine merged of one element, such as one address. */
export interface MergedGroup {
  /** "Address, home"; of a single part its own name. */
  label: string;
  fields: MergedFieldView[];
}

/** The merged fields by element, in the order of the first of each. */
export function byElement(merged: readonly MergedFieldView[]): MergedGroup[] {
  const groups = new Map<string, MergedFieldView[]>();
  for (const field of merged) groups.set(field.element, [...(groups.get(field.element) ?? []), field]);
  return [...groups].map(([element, fields]) => {
    const only = fields.length === 1 ? fields[0] : undefined;
    return { label: only ? only.label : element, fields };
  });
}

/** The lines of the record that neither side changed. */
export const unchangedLines = (record: ConflictView["record"]): ConflictView["record"] =>
  record.filter(
    (line) =>
      line.from === "before" &&
      !line.conflict &&
      line.path === null &&
      [...line.device, ...line.server].every((segment) => segment.op === "same"),
  );
