import { useEffect, useRef } from "react";
import { createStore, useStore } from "./store";

const remembered = "haven.singleKeys";

/** Whether keys without Ctrl or Alt do anything; a person can turn them off (WCAG 2.1.4). */
export const singleKeys = createStore(localStorage.getItem(remembered) !== "off");
singleKeys.subscribe(() => localStorage.setItem(remembered, singleKeys.get() ? "on" : "off"));

export const useSingleKeys = (): boolean => useStore(singleKeys);

export interface KeyPress {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/**
 * Whether a key press is `combo`, e.g. "Ctrl+K", "Alt+3", "F5", "N". Letters and digits are also known
 * by their place, so that they work while an Arabic or Amharic layout is on.
 */
export function isCombo(press: KeyPress, combo: string): boolean {
  const parts = combo.split("+");
  const name = parts.at(-1) ?? "";
  const wants = (modifier: string): boolean => parts.slice(0, -1).includes(modifier);
  if ((press.ctrlKey || press.metaKey) !== wants("Ctrl") || press.altKey !== wants("Alt")) return false;
  if (press.key.toLowerCase() === name.toLowerCase()) return true;
  if (/^[A-Z]$/.test(name)) return !/^[a-z]$/i.test(press.key) && press.code === `Key${name}`;
  if (/^[0-9]$/.test(name)) return press.code === `Digit${name}` || press.code === `Numpad${name}`;
  return false;
}

export const isEditable = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["radio", "checkbox", "button"].includes(target.type)));

const isSingle = (combo: string): boolean => /^.$/.test(combo);

export type KeyMap = Record<string, (() => void) | undefined>;

/** Runs the first matching entry; answers whether there was one. */
export function runKeys(event: KeyboardEvent | React.KeyboardEvent, keys: KeyMap): boolean {
  for (const [combo, run] of Object.entries(keys)) {
    if (!run || !isCombo(event, combo)) continue;
    if (isSingle(combo) && (!singleKeys.get() || isEditable(event.target))) continue;
    event.preventDefault();
    run();
    return true;
  }
  return false;
}

/** Keys that work wherever the focus is. */
export function useWindowKeys(keys: KeyMap): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const heard = (event: KeyboardEvent): void => {
      if (!event.defaultPrevented) runKeys(event, latest.current);
    };
    window.addEventListener("keydown", heard);
    return () => window.removeEventListener("keydown", heard);
  }, []);
}
