import { describe, expect, it } from "vitest";
import { isCombo } from "./keys";

const press = (key: string, more: Partial<Parameters<typeof isCombo>[0]> = {}) => ({
  key,
  code: "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe("isCombo", () => {
  it("knows a letter by its name, whatever its case", () => {
    expect(isCombo(press("n"), "N")).toBe(true);
    expect(isCombo(press("N", { shiftKey: true }), "N")).toBe(true);
    expect(isCombo(press("m"), "N")).toBe(false);
  });

  it("knows a letter by its place while an Arabic layout is on", () => {
    expect(isCombo(press("ى", { code: "KeyN" }), "N")).toBe(true);
  });

  it("trusts the name over the place on other Latin layouts", () => {
    expect(isCombo(press("a", { code: "KeyQ" }), "Q"), "AZERTY's A lies where Q lies on QWERTY").toBe(false);
  });

  it("knows a digit on AZERTY, on the number pad and in Arabic", () => {
    expect(isCombo(press("&", { code: "Digit1" }), "1")).toBe(true);
    expect(isCombo(press("1", { code: "Numpad1" }), "1")).toBe(true);
    expect(isCombo(press("١", { code: "Digit1" }), "1")).toBe(true);
  });

  it("wants exactly the modifiers it names", () => {
    expect(isCombo(press("k", { ctrlKey: true }), "Ctrl+K")).toBe(true);
    expect(isCombo(press("k"), "Ctrl+K")).toBe(false);
    expect(isCombo(press("1", { ctrlKey: true }), "1"), "Ctrl+1 is not the single key").toBe(false);
    expect(isCombo(press("3", { altKey: true }), "Alt+3")).toBe(true);
  });
});
