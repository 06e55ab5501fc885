import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { DiffText } from "./DiffText";

afterEach(cleanup);

it("says removed and added in words, and draws the signs instead of writing them", () => {
  const { container } = render(
    <DiffText
      tone="device"
      segments={[
        { op: "removed", text: "10 mg " },
        { op: "added", text: "20 mg" },
        { op: "same", text: " – oral" },
      ]}
    />,
  );
  expect(container.textContent.replace(/\s+/g, " ").trim()).toBe("removed 10 mg added 20 mg – oral");
  expect([...container.querySelectorAll("del, ins")].map((each) => each.textContent)).toEqual(["10 mg", "20 mg"]);
  expect(container.textContent, "a minus beside a digit would be read as a dose").not.toMatch(/[-−+]\s?\d/);
});

it("never leaves an empty side", () => {
  const { container } = render(<DiffText tone="server" segments={[]} />);
  expect(container.textContent).toBe("Not recorded");
});
