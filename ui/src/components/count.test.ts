import { expect, it } from "vitest";
import { count } from "./count";

it("groups thousands with commas and nothing else", () => {
  expect([0, 999, 1000, 13570, 1234567].map(count)).toEqual(["0", "999", "1,000", "13,570", "1,234,567"]);
});
