import { describe, expect, it } from "vitest";
import { pagesFor } from "./pages";

describe("pagesFor", () => {
  it("needs no further page while the first holds all rows on screen", () => {
    expect(pagesFor(0, 40)).toEqual([]);
  });

  it("names the page a jump lands on, not the ones between", () => {
    expect(pagesFor(4960, 4999)).toEqual([4800]);
  });

  it("names both pages across an edge", () => {
    expect(pagesFor(380, 420)).toEqual([200, 400]);
    expect(pagesFor(190, 210), "the first page is loaded anyway").toEqual([200]);
  });
});
