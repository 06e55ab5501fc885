type Speaks = (...args: unknown[]) => unknown;

/** The words of a catalogue, every text of it changed, those that a function makes too. */
export function mapped<T>(words: T, change: (text: string) => string): T {
  const each = (value: unknown): unknown => {
    if (typeof value === "string") return change(value);
    if (typeof value === "function") return (...args: unknown[]) => each((value as Speaks)(...args));
    if (Array.isArray(value)) return value.map(each);
    if (typeof value === "object" && value !== null) {
      // A key names its entry for the program; it is no word.
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === "key" ? inner : each(inner)]));
    }
    return value;
  };
  return each(words) as T;
}
