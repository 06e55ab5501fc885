import { useEffect } from "react";
import { announce } from "../../app/announce";

/** How far the queue was when a screen reader last heard of it. */
let heard = "";

/** Says "4 of 7 resolved" when that has changed since the last conflict that was open, after what was saved. */
export function usePoliteProgress(queueText: string): void {
  useEffect(() => {
    const isNews = heard !== "" && heard !== queueText;
    heard = queueText;
    if (!isNews) return;
    const timer = setTimeout(() => announce(queueText), 1500);
    return () => clearTimeout(timer);
  }, [queueText]);
}
