import { createStore, useStore } from "./store";

const polite = createStore("");
const assertive = createStore("");

/** Has a screen reader say `text` when it next pauses. */
export const announce = (text: string): void => polite.set(text);

/** Interrupts a screen reader; only for a save that did not work. */
export const alarm = (text: string): void => assertive.set(text);

/** Empties both, as when the store is locked: what they said may name a patient. */
export function silence(): void {
  polite.set("");
  assertive.set("");
}

/** The two live regions of the window. */
export function LiveRegions() {
  return (
    <>
      <div className="visually-hidden" role="status" aria-live="polite" data-testid="live-polite">
        {useStore(polite)}
      </div>
      <div className="visually-hidden" role="alert" aria-live="assertive" data-testid="live-assertive">
        {useStore(assertive)}
      </div>
    </>
  );
}
