import { currentLanguage, directionOf } from "./language";
import type { Language } from "./language";
import { lengthened } from "./pseudo";
import { rightToLeft } from "./rightToLeft";

/** One screen's words in every language; each must be whole, or it does not compile. */
export type Tables<T> = Record<Language, T>;

/** The words of one screen: every look at a key reads the language of the moment. */
export function catalogue<T extends object>(tables: Tables<T>): T {
  const spoken = {
    ...Object.fromEntries(
      Object.entries<T>(tables).map(([language, words]) => [
        language,
        directionOf(language as Language) === "rtl" ? rightToLeft(words) : words,
      ]),
    ),
    pseudo: lengthened(tables.en),
  } as Record<Language | "pseudo", T>;
  const words = {} as T;
  for (const key of Object.keys(tables.en) as (keyof T)[]) {
    Object.defineProperty(words, key, { enumerable: true, get: () => spoken[currentLanguage()][key] });
  }
  return words;
}
