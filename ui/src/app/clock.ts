import { useEffect, useState } from "react";

// Own tables, not the platform's: in some locales WebKit would show another calendar or other digits.
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (n: number): string => String(n).padStart(2, "0");

export interface WallClock {
  /** "14:05". */
  time: string;
  /** "Monday 23-Nov-2026". */
  date: string;
}

export function wallClock(now: Date): WallClock {
  const month = months[now.getMonth()] ?? "";
  return {
    time: `${two(now.getHours())}:${two(now.getMinutes())}`,
    date: `${days[now.getDay()] ?? ""} ${two(now.getDate())}-${month}-${now.getFullYear()}`,
  };
}

/** The wall clock of this computer, moved on with every minute. */
export function useWallClock(): WallClock {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setTimeout(() => setNow(new Date()), 60_000 - (now.getTime() % 60_000));
    return () => clearTimeout(timer);
  }, [now]);
  return wallClock(now);
}
