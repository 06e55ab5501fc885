import { describe, expect, it } from "vitest";
import type { ConflictView, FieldView, PickView } from "../../backend";
import { nextUndecided, step } from "./steps";
import { missing } from "./useAccepting";

const field = (path: string, pick: PickView) => ({ path, pick }) as FieldView;

describe("nextUndecided", () => {
  const fields = [field("a", "undecided"), field("b", "device"), field("c", "undecided")];

  it("skips what is decided and goes round", () => {
    expect(nextUndecided(fields, "a", 1)).toBe("c");
    expect(nextUndecided(fields, "c", 1)).toBe("a");
    expect(nextUndecided(fields, "a", -1)).toBe("c");
  });

  it("moves on by one when nothing is left", () => {
    const decided = fields.map((each) => field(each.path, "server"));
    expect(nextUndecided(decided, "a", 1)).toBe("b");
  });
});

it("step stops at the ends", () => {
  expect(step(["a", "b"], "b", 1)).toBe("b");
  expect(step(["a", "b"], "a", -1)).toBe("a");
});

describe("missing", () => {
  const view = (more: Partial<ConflictView>) =>
    ({ left: 0, issues: [], reasonRequired: true, confirmText: "Checked", ...more }) as unknown as ConflictView;

  it("asks for choices, then a possible result, then the reason, then the confirmation", () => {
    expect(missing(view({ left: 1 }), "", false)).toBe("left");
    expect(missing(view({ issues: [{ blocks: true, text: "" }] }), "x", true)).toBe("issue");
    expect(missing(view({}), "  ", true)).toBe("reason");
    expect(missing(view({}), "Checked with the patient", false)).toBe("confirm");
    expect(missing(view({}), "Checked with the patient", true)).toBeNull();
  });

  it("asks for neither where neither is needed, and a warning does not block", () => {
    const routine = view({ reasonRequired: false, confirmText: null, issues: [{ blocks: false, text: "" }] });
    expect(missing(routine, "", false)).toBeNull();
  });
});
