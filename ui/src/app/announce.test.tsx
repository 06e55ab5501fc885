import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { alarm, announce, LiveRegions, silence } from "./announce";

const said = (name: string) => [...screen.getByTestId(name).children].map((line) => line.textContent);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  silence();
  cleanup();
  vi.useRealTimers();
});

it("keeps what was done beside the sync state that follows at once", () => {
  render(<LiveRegions />);
  act(() => {
    announce("Taken back. The conflict is open again.");
    announce("Online. Syncing 1 of 1.");
  });
  expect(said("live-polite")).toEqual(["Taken back. The conflict is open again.", "Online. Syncing 1 of 1."]);
});

it("says the same words again as a line of its own", () => {
  render(<LiveRegions />);
  act(() => announce("Saved on this device"));
  const first = screen.getByTestId("live-polite").firstChild;
  act(() => announce("Saved on this device"));
  expect(said("live-polite")).toHaveLength(2);
  expect(screen.getByTestId("live-polite").firstChild, "the line that was read stays the same node").toBe(first);
});

it("drops a line once it was heard, the later one later", () => {
  render(<LiveRegions />);
  act(() => announce("one"));
  act(() => void vi.advanceTimersByTime(4000));
  act(() => announce("two"));
  act(() => void vi.advanceTimersByTime(4000));
  expect(said("live-polite")).toEqual(["two"]);
  act(() => void vi.advanceTimersByTime(4000));
  expect(said("live-polite")).toEqual([]);
});

it("forgets all of it when the store is locked", () => {
  render(<LiveRegions />);
  act(() => {
    announce("M. Trevino opened");
    alarm("Not saved");
  });
  act(silence);
  expect(said("live-polite")).toEqual([]);
  expect(said("live-assertive")).toEqual([]);
});
