import { createStore } from "./store";

/** What is typed in the search box of the app bar. */
export const searchText = createStore("");

/** Asked for when the arrow goes down from the search box: the list takes the focus. */
let toList: (() => void) | undefined;
let openFirst: (() => void) | undefined;

export const enterList = (): void => toList?.();
export const openFound = (): void => openFirst?.();

/** The list registers how it takes the focus and how it opens its first row. */
export function offerList(focus: () => void, open: () => void): () => void {
  toList = focus;
  openFirst = open;
  return () => {
    toList = undefined;
    openFirst = undefined;
  };
}
