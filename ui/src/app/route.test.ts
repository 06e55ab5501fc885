import { describe, expect, it } from "vitest";
import { href, parse } from "./route";
import type { Route } from "./route";

describe("routes", () => {
  const routes: Route[] = [
    { screen: "patients" },
    { screen: "chart", id: "a/b c", tab: "vitals" },
    { screen: "sync" },
    { screen: "review" },
    { screen: "conflict", id: "0196-…" },
  ];

  it.each(routes)("reads back what it wrote: $screen", (route) => {
    expect(parse(href(route))).toEqual(route);
  });

  it("falls back to the list and to the summary", () => {
    expect(parse("")).toEqual({ screen: "patients" });
    expect(parse("#/nowhere")).toEqual({ screen: "patients" });
    expect(parse("#/patient/p1/unheard-of")).toEqual({ screen: "chart", id: "p1", tab: "summary" });
  });
});
