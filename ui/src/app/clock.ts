import { useEffect, useState } from "react";
import { dayName, monthName } from "../language/calendar";

const two = (n: number): string => String(n).padStart(2, "0");

export interface WallClock {
  /** "14:05". */
  time: string;
  /** "Monday 23-Nov-2026". */
  date: string;
}

export function wallClock(now: Date): WallClock {
  return {
    time: `${two(now.getHours())}:${two(now.getMinutes())}`,
    date: `${dayName(now.getDay())} ${two(now.getDate())}-${monthName(now.getMonth())}-${now.getFullYear()}`,
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
