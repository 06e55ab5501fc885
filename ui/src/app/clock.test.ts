import { expect, it } from "vitest";
import { wallClock } from "./clock";

it("writes the date in Latin digits and the Gregorian calendar whatever the locale", () => {
  expect(wallClock(new Date(2026, 10, 23, 9, 5))).toEqual({ time: "09:05", date: "Monday 23-Nov-2026" });
});
