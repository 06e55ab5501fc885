import { backend, onAppEvent } from "../backend";
import { createStore } from "./store";

/** "Locks in 1 minute", while it does; empty otherwise. */
export const lockWarning = createStore("");

/** Rust is told at most so often that somebody is here. */
const toldEveryMs = 5000;

const signs = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"] as const;

/** Tab leads to the button that says "Stay", so it leaves the warning where it is. */
const movesFocus = (event: Event): boolean => event instanceof KeyboardEvent && ["Tab", "Shift"].includes(event.key);

/** Makes the lock wait anew. */
export function stay(): void {
  lockWarning.set("");
  void backend.stillHere();
}

/** Tells Rust of every sign of life, and shows when it is about to lock. */
export function watchActivity(beforeLocking: () => void): () => void {
  let toldAt = -toldEveryMs;
  const seen = (event: Event): void => {
    if (lockWarning.get() && !movesFocus(event)) lockWarning.set("");
    else if (!lockWarning.get() && performance.now() - toldAt < toldEveryMs) return;
    toldAt = performance.now();
    void backend.stillHere();
  };
  for (const sign of signs) window.addEventListener(sign, seen, { capture: true, passive: true });
  const stop = onAppEvent((event) => {
    if (event.kind !== "lockingSoon") return;
    lockWarning.set(event.text);
    beforeLocking();
  });
  return () => {
    for (const sign of signs) window.removeEventListener(sign, seen, { capture: true });
    lockWarning.set("");
    stop();
  };
}
