import { createStore, useStore } from "../app/store";

/** The languages that every catalogue has whole. A new one is added here; the compiler then asks for its words. */
export const languages = {
  en: { name: "English", dir: "ltr" },
  ar: { name: "العربية", dir: "rtl" },
} as const;

export type Language = keyof typeof languages;

/** What the window speaks: a language, or English made longer, with which layouts are tested. */
export type Spoken = Language | "pseudo";

const spoken = createStore<Spoken>("en");

export const isLanguage = (code: string): code is Language => Object.hasOwn(languages, code);

/** Every language with its name in itself. */
export const languageNames = Object.entries(languages).map(([code, { name }]) => [code, name] as [Language, string]);

export const currentLanguage = (): Spoken => spoken.get();
export const useLanguage = (): Spoken => useStore(spoken);
export const directionOf = (language: Spoken): "ltr" | "rtl" => (language === "pseudo" ? "ltr" : languages[language].dir);

/** From now on the window speaks so: its words, its direction, and what a screen reader is told of both. */
export function speak(language: Spoken): void {
  document.documentElement.lang = language === "pseudo" ? "en" : language;
  document.documentElement.dir = directionOf(language);
  spoken.set(language);
}
