import { catalogue } from "../../language/catalogue";
import { ar } from "./messages.ar";

const en = {
  plot: (label: string, readings: number, latest: string) =>
    `${label}: ${String(readings)} readings, latest ${latest || "none"}. The table shows every value.`,
  criticalFrom: (limit: number) => `Critical high from ${String(limit)}`,
};

export type Messages = typeof en;

export const messages = catalogue<Messages>({ en, ar });
