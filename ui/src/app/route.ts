import { useSyncExternalStore } from "react";

export const chartTabs = [
  "summary",
  "vitals",
  "medications",
  "problems",
  "allergies",
  "results",
  "encounters",
  "notes",
  "immunizations",
  "timeline",
] as const;
export type ChartTab = (typeof chartTabs)[number];

/** Where the window is. Only logical ids ever stand in an address. */
export type Route =
  | { screen: "patients" }
  | { screen: "chart"; id: string; tab: ChartTab }
  | { screen: "sync" }
  | { screen: "review" }
  | { screen: "device" }
  | { screen: "measures" }
  | { screen: "conflict"; id: string };

export function parse(hash: string): Route {
  const [screen, id, tab] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (screen === "patient" && id) {
    return { screen: "chart", id, tab: chartTabs.find((known) => known === tab) ?? "summary" };
  }
  if (screen === "review") return id ? { screen: "conflict", id } : { screen: "review" };
  if (screen === "device") return { screen: "device" };
  if (screen === "measures") return { screen: "measures" };
  if (screen === "sync") return { screen: "sync" };
  return { screen: "patients" };
}

export function href(route: Route): string {
  switch (route.screen) {
    case "patients":
      return "#/patients";
    case "chart":
      return `#/patient/${encodeURIComponent(route.id)}/${route.tab}`;
    case "sync":
      return "#/sync";
    case "review":
      return "#/review";
    case "device":
      return "#/device";
    case "measures":
      return "#/measures";
    case "conflict":
      return `#/review/${encodeURIComponent(route.id)}`;
  }
}

export function go(route: Route): void {
  window.location.hash = href(route);
}

const subscribe = (heard: () => void): (() => void) => {
  window.addEventListener("hashchange", heard);
  return () => window.removeEventListener("hashchange", heard);
};

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => window.location.hash));
}
