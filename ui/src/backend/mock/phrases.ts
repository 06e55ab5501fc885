// The made-up answers in another language, by the very books that Rust speaks from.
import presenters from "../../../../crates/app/src/present/words/ar.json";
import said from "../../../../crates/app/src/present/words/said.ar.json";
import checks from "../../../../crates/model/src/checks/words/ar.json";
import model from "../../../../crates/model/src/display/words/ar.json";
import { apart, inArabic } from "../../language/plural";
import type { ArabicForms } from "../../language/plural";

type Phrase = string | ArabicForms;
const book = new Map<string, Phrase>(Object.entries({ ...said, ...model, ...checks, ...presenters }));

const fillIn = (phrase: Phrase, values: string[]): string => {
  const first = Number.parseInt((values[0] ?? "0").replaceAll(",", ""), 10) || 0;
  const text = typeof phrase === "string" ? phrase : inArabic(first, phrase);
  let next = 0;
  const filled = text.replaceAll(/\{(\d*)\}/g, (_, which: string) => {
    const value = values[which === "" ? next : Number(which)] ?? "";
    next += 1;
    return apart(value);
  });
  return filled.startsWith("\u2068") ? `\u200F${filled}` : filled;
};

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Sentences with values in them, the most telling first; what is little but values would match anything. */
const patterns = [...book.entries()]
  .filter(([english]) => english.includes("{}") && english.replaceAll("{}", "").replaceAll(/\W/g, "").length > 2)
  .sort(([a], [b]) => b.length - a.length)
  .map(([english, phrase]) => ({ shape: new RegExp(`^${english.split("{}").map(escaped).join("(.+?)")}$`, "u"), phrase }));

const months = /\b(\d\d)-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-(\d{4})/g;
const ages = /^(\d+) (y|mo|d|min|h|s)$/;

function say(english: string): string {
  const exact = book.get(english) ?? book.get(english.charAt(0).toUpperCase() + english.slice(1));
  if (typeof exact === "string") return exact;
  const age = ages.exec(english);
  if (age) return fillIn(book.get(`{} ${age[2] ?? ""}`) ?? "{}", [age[1] ?? ""]);
  for (const { shape, phrase } of patterns) {
    const found = shape.exec(english);
    if (found) return fillIn(phrase, found.slice(1).map(say));
  }
  const sentences = english.split(/(?<=\.) (?=[A-Z])/);
  if (sentences.length > 1) return sentences.map(say).join(" ");
  const role = /^(.+), (clinician|nurse|admin)$/.exec(english);
  if (role) return `${role[1] ?? ""}، ${say(role[2] ?? "")}`;
  if (english.includes(" · ")) return english.split(" · ").map(say).join(" · ");
  if (english.includes(" – ")) return english.split(" – ").map(say).join(" – ");
  if (/^[^,]+(, [^,]+)+$/.test(english)) {
    const parts = english.split(", ");
    const told = parts.map(say);
    if (told.every((part, i) => part !== parts[i])) return told.join("، ");
  }
  return english.replaceAll(months, (_, day: string, month: string, year: string) =>
    apart(`${day}-${say(month)}-${year}`),
  );
}

/** What names something for the program, or what a person wrote: never words of Haven. */
const asItIs = new Set([
  "id", "key", "path", "kind", "state", "op", "pick", "from", "tone", "standing", "user", "patientId", "conflictId",
  "editText", "value", "clinic", "deviceName", "displayName", "shortName", "initials", "substance", "code", "next", "place",
]);

/** The answer with every word of Haven's in Arabic. */
export function inTheLanguage(answer: unknown, key = ""): unknown {
  if (typeof answer === "string") return asItIs.has(key) ? answer : say(answer);
  if (Array.isArray(answer)) return answer.map((each) => inTheLanguage(each, key));
  if (typeof answer === "object" && answer !== null) {
    return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, inTheLanguage(value, name)]));
  }
  return answer;
}
