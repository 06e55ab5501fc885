import { mapped } from "./mapped";

const isolateStart = "\u2068";
const rightToLeftMark = "\u200F";

/** A sentence that begins with a foreign word is still one of its own language: `dir="auto"`, which looks
    at the first strong letter, must not turn it round. */
export const rightToLeft = <T>(words: T): T =>
  mapped(words, (text) => (text.startsWith(isolateStart) ? `${rightToLeftMark}${text}` : text));
