import { createStore, useStore, type Store } from "./store";

/** Long enough for a screen reader to begin a line while it still reads the one before it. */
const keptForMs = 7000;

interface Line {
  id: number;
  text: string;
}

let count = 0;
const polite = createStore<readonly Line[]>([]);
const assertive = createStore<readonly Line[]>([]);

/** A line of its own: what is said next neither replaces it nor is lost for being the same words. */
function say(lines: Store<readonly Line[]>, text: string): void {
  const line = { id: ++count, text };
  lines.set([...lines.get(), line]);
  setTimeout(() => lines.set(lines.get().filter((one) => one !== line)), keptForMs);
}

/** Has a screen reader say `text` when it next pauses, after what it was given before. */
export const announce = (text: string): void => say(polite, text);

/** Interrupts a screen reader; only for a save that did not work. */
export const alarm = (text: string): void => say(assertive, text);

/** Empties both, as when the store is locked: what they said may name a patient. */
export function silence(): void {
  polite.set([]);
  assertive.set([]);
}

const spoken = (lines: readonly Line[]) => lines.map((line) => <p key={line.id}>{line.text}</p>);

/** The two live regions of the window. */
export function LiveRegions() {
  return (
    <>
      <div className="visually-hidden" role="log" aria-live="polite" data-testid="live-polite">
        {spoken(useStore(polite))}
      </div>
      <div className="visually-hidden" role="alert" aria-atomic="false" aria-live="assertive" data-testid="live-assertive">
        {spoken(useStore(assertive))}
      </div>
    </>
  );
}
