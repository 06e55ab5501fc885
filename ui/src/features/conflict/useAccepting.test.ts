import { expect, it } from "vitest";
import { ownWords, reasonAfter } from "./useAccepting";

it("R goes round the reasons; one's own words come last", () => {
  const reasons = ["Checked with the patient", "The other value is older"];
  const given = ["", "", "", ""].reduce<string[]>((round) => [...round, reasonAfter(reasons, round.at(-1) ?? "")], []);
  expect(given).toEqual([...reasons, ownWords, reasons[0]]);
});

it("without a list only one's own words are left", () => {
  expect(reasonAfter([], "")).toBe(ownWords);
});
