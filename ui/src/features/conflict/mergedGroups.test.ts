import { expect, it } from "vitest";
import type { MergedFieldView } from "../../backend";
import { byElement } from "./mergedGroups";

const field = (element: string, part: string): MergedFieldView => ({
  path: `${element}.${part}`,
  label: part === "" ? element : `${element} – ${part}`,
  element,
  part: part || element,
  before: "",
  result: "",
  from: "device",
});

it("keeps the parts of one address together, wherever they stand", () => {
  const groups = byElement([
    field("Address, home", "city"),
    field("Marital status", ""),
    field("Address, home", "line"),
    field("Address, work", "city"),
  ]);
  expect(groups.map((group) => [group.label, group.fields.map((each) => each.part)])).toEqual([
    ["Address, home", ["city", "line"]],
    ["Marital status", ["Marital status"]],
    ["Address, work – city", ["city"]],
  ]);
});
