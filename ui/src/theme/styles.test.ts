import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const src = join(import.meta.dirname, "..");
const sheets = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".css"));

// Properties that name a side of the screen instead of a side of the text.
const physical =
  /^\s*(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|(?:min|max)-(?:width|height)|float|text-align:\s*(?:left|right))\b/m;
// Four different values would set the two sides apart without saying which is the start.
const lopsided = /^ *(?:margin|padding): *[^\s;]+ +([^\s;]+) +[^\s;]+ +(?!\1;)[^\s;]+;/m;

describe.each(sheets)("%s", (file) => {
  const text = readFileSync(join(src, file), "utf8");

  it("mirrors: only logical properties", () => {
    expect(physical.exec(text)?.[0]).toBeUndefined();
    expect(lopsided.exec(text)?.[0]).toBeUndefined();
  });

  it("takes its colours from the palette", () => {
    const own = text.replace(/rgb\(255 255 255 \/ 9%\)/, "");
    expect(/#[0-9a-f]{3,8}\b|rgba?\(/i.exec(own)?.[0]).toBeUndefined();
  });
});
