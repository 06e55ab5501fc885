import { mapped } from "./mapped";

const grow = 0.4;

/** The text, four tenths longer and in brackets: what is cut off or not in a catalogue shows. */
export const longer = (text: string): string =>
  text === "" ? text : `[${text}${"~".repeat(Math.max(1, Math.ceil(text.length * grow) - 2))}]`;

/** Every text of a catalogue made longer. */
export const lengthened = <T>(words: T): T => mapped(words, longer);
