/** A text for each plural form of Arabic (CLDR); `#` stands for the number. */
export type ArabicForms = Record<"zero" | "one" | "two" | "few" | "many" | "other", string>;

const arabic = new Intl.PluralRules("ar");

/** The counted words of Arabic. Figures stay Latin. */
export const inArabic = (count: number, forms: ArabicForms): string =>
  forms[arabic.select(count)].replaceAll("#", String(count));

/** The counted words of English. */
export const inEnglish = (count: number, forms: Record<"one" | "other", string>): string =>
  (count === 1 ? forms.one : forms.other).replaceAll("#", String(count));

/** Reads the number in a text such as "1,200", which picks the plural form. */
export const numberIn = (text: string): number => Number(text.replaceAll(/\D/g, ""));

/** Words that come from elsewhere, kept from the direction of those around them (UAX #9, FSI and PDI). */
export const apart = (text: string): string => `\u2068${text}\u2069`;
