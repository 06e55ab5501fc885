import { describe, expect, it } from "vitest";
import { palette } from "./palette";
import type { ColorName } from "./palette";

const channel = (value: number): number => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => channel(parseInt(hex.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const grounds: ColorName[] = ["canvas", "surface", "sunken", "accentSoft"];
const texts: ColorName[] = ["ink", "ink2", "ink3", "accent", "critical", "warning", "offline"];
const pairs: [ColorName, ColorName][] = [
  ...texts.flatMap((text) => grounds.map((ground): [ColorName, ColorName] => [text, ground])),
  ["onAccent", "accent"],
  ["onAccent", "accentHover"],
  ["bannerInk", "banner"],
  ["bannerInk2", "banner"],
  ["bannerWarn", "banner"],
  ["warning", "warningSoft"],
  ["critical", "criticalSoft"],
  ["device", "deviceSoft"],
  ["server", "serverSoft"],
  ["ink3", "offlineSoft"],
];

describe.each(["light", "dark"] as const)("%s", (scheme) => {
  it.each(pairs)("%s on %s can be read", (text, ground) => {
    expect(contrast(palette[scheme][text], palette[scheme][ground])).toBeGreaterThanOrEqual(4.5);
  });

  it("draws control edges and marks at 3:1", () => {
    for (const mark of ["lineStrong", "warningMark", "focus"] as const) {
      expect(contrast(palette[scheme][mark], palette[scheme].surface), mark).toBeGreaterThanOrEqual(3);
    }
  });
});
