import type { FieldView } from "../../backend";

/** The neighbour of `from`, stopping at the ends. */
export function step(paths: readonly string[], from: string, by: 1 | -1): string {
  const at = paths.indexOf(from);
  return paths[Math.min(Math.max(at + by, 0), paths.length - 1)] ?? from;
}

/** The next field without a choice, going round; when all are decided, the next field. */
export function nextUndecided(fields: readonly FieldView[], from: string, by: 1 | -1): string {
  const at = fields.findIndex((field) => field.path === from);
  const round = fields.map((_, i) => fields[(at + by * (i + 1) + fields.length * 2) % fields.length]);
  const found = round.find((field) => field?.pick === "undecided") ?? round[0];
  return found?.path ?? from;
}
