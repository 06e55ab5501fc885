import { afterEach, describe, expect, it } from "vitest";
import { messages as app } from "../app/messages";
import { wallClock } from "../app/clock";
import { messages as patients } from "../features/patients/messages";
import { messages as unlock } from "../features/unlock/messages";
import { speak } from "./language";
import { apart, inArabic } from "./plural";

afterEach(() => speak("en"));

describe("the language of the window", () => {
  it("changes words and direction at once", () => {
    expect(app.patients).toBe("Patients");
    speak("ar");
    expect(app.patients).toBe("المرضى");
    expect([document.documentElement.lang, document.documentElement.dir]).toEqual(["ar", "rtl"]);
  });

  it("counts with the six forms of Arabic and Latin figures", () => {
    speak("ar");
    const counted = [0, 1, 2, 3, 11, 100].map(unlock.waiting);
    expect(new Set(counted).size, "each form has words of its own").toBe(6);
    expect(counted[3]).toContain("3 تغييرات");
    expect(inArabic(103, { zero: "z", one: "o", two: "t", few: "#f", many: "m", other: "x" })).toBe("103f");
  });

  it("keeps its own direction when a sentence begins with a foreign word", () => {
    speak("ar");
    expect(patients.onDevice("1,200")).toBe(`\u200F${apart("1,200")} على هذا الجهاز`);
  });

  it("keeps the Gregorian calendar and Latin figures, with the months of the language", () => {
    speak("ar");
    expect(wallClock(new Date(2026, 10, 23, 14, 5))).toEqual({ time: "14:05", date: "الاثنين 23-نوفمبر-2026" });
  });

  it("has a pseudo-language four tenths longer than English", () => {
    speak("pseudo");
    expect(app.patients).toBe("[Patients~~]");
    expect(app.waitingCount(3).length).toBeGreaterThanOrEqual("3 waiting".length * 1.4);
  });
});
