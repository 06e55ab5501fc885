import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { ConflictView, FieldView, SideView } from "../../backend";
import type { FieldActions } from "./fieldActions";
import { FieldRow } from "./FieldRow";

afterEach(cleanup);

const side = (label: string, deleted = false): SideView => ({ label, person: "A. Orn", place: "", edited: "", deleted, identity: "" });

const field: FieldView = {
  path: "dose",
  label: "Dose",
  why: "",
  highRisk: true,
  canKeepBoth: false,
  canBeUnknown: false,
  before: "10 mg",
  device: [{ op: "same", text: "20 mg" }],
  server: [{ op: "same", text: "5 mg" }],
  spoken: "This device: 20 mg. Server: 5 mg.",
  pick: "undecided",
  result: "",
  edit: { kind: "none" },
  editText: "",
};

const actions: FieldActions = {
  active: "dose",
  editing: undefined,
  beforeShown: new Set(),
  problem: null,
  pick: vi.fn(),
  toggleBefore: vi.fn(),
  activate: vi.fn(),
  edit: vi.fn(),
  closeEditor: vi.fn(),
};

function row(view: Partial<ConflictView>) {
  render(
    <table>
      <tbody>
        <FieldRow field={field} view={view as ConflictView} actions={actions} />
      </tbody>
    </table>,
  );
}

it("chooses nothing for anybody", () => {
  row({ device: side("This device"), server: side("Server") });
  expect(screen.getByTestId("result").textContent).toContain("Choose");
  for (const name of ["pick-device", "pick-server"]) {
    expect(screen.getByTestId(name).getAttribute("aria-pressed")).toBe("false");
  }
});

it("says what keeping and deleting mean when one side deleted", () => {
  row({ device: side("This device"), server: side("Server", true) });
  expect(screen.getByTestId("pick-device").textContent).toContain("Keep edited");
  expect(screen.getByTestId("pick-server").textContent).toContain("Confirm delete");
});
