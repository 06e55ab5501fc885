// What a clinician does, by keyboard where a person would. Each journey starts in a fresh window.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

const work = "?as=orn";

const text = (page, name) => page.locator(id(name)).first().innerText();
const open = async (page, address, ready) => {
  await page.goto(address);
  await page.waitForSelector(ready);
};
const says = async (page, name, words) => {
  await page.waitForFunction(
    ([selector, wanted]) => document.querySelector(selector)?.textContent?.includes(wanted),
    [id(name), words],
  );
};
const focused = (page) => page.evaluate(() => document.activeElement?.closest("[data-testid]")?.getAttribute("data-testid"));
const path = (page) => page.evaluate(() => document.activeElement?.getAttribute("data-path"));

export const journeys = {
  "unlock: a wrong passphrase is said inline, the right one opens the list": async ({ page, address }) => {
    await open(page, `${address}/`, id("passphrase"));
    assert.equal(await focused(page), "passphrase", "one can type at once");
    await page.keyboard.type("nonsense");
    await page.keyboard.press("Enter");
    await says(page, "unlock-error", "does not open this device");
    assert.equal(await focused(page), "passphrase", "the field keeps the focus, its text selected");
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("patient-row-alcantar"));
  },

  "find: Ctrl+K, a few letters, two arrows, Enter": async ({ page, address }) => {
    await open(page, `${address}/${work}`, id("patient-row-alcantar"));
    await page.keyboard.press("Control+k");
    assert.equal(await focused(page), "search");
    await page.keyboard.type("trevino");
    await page.waitForSelector(id("patient-row-alcantar"), { state: "detached" });
    await says(page, "similar-names", "similar names");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "patient-row-enrique");
    await page.keyboard.press("Enter");
    await says(page, "banner", "870 062 165");
    await page.waitForSelector(id("tab-medications"));
    await page.keyboard.press("Alt+3");
    await page.waitForSelector(`${id("tab-medications")}[aria-selected="true"]`);
  },

  "list: five thousand rows, a handful in the document, the last one a key away": async ({ page, address }) => {
    await open(page, `${address}/${work}`, id("patient-row-alcantar"));
    await page.locator(`${id("patient-row-alcantar")} button`).focus();
    await page.keyboard.press("End");
    await page.waitForSelector(id("patient-row-crowd-4986"));
    await page.waitForFunction(() => document.activeElement?.closest("tr")?.getAttribute("aria-rowindex") === "5001");
    const rows = await page.locator("tbody tr").count();
    assert.ok(rows < 80, `only rows near the screen are in the document, found ${rows}`);
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("banner"));
    await page.goBack();
    await page.waitForSelector(id("patient-row-crowd-4986"));
  },

  "vitals: blocked, corrected, confirmed, saved here, then synced without a reload": async ({ page, address }) => {
    await open(page, `${address}/${work}#/patient/enrique/summary`, id("banner"));
    await page.keyboard.press("v");
    await page.waitForSelector(id("vital-systolic"));
    assert.equal(await focused(page), "vital-systolic", "the first measure takes the focus");
    await page.keyboard.type("182");
    await page.keyboard.press("Tab");
    await page.keyboard.type("110");
    await page.fill(id("vital-temperature"), "384");
    await says(page, "vitals-note-temperature", "cannot be right");
    assert.match(await text(page, "vitals-save"), /Correct 1 value/, "Save says why it is locked");
    await page.click(id("vitals-use-temperature"));
    assert.equal(await page.inputValue(id("vital-temperature")), "38.4");
    await page.waitForSelector(id("vitals-note-temperature"), { state: "detached" });
    await page.keyboard.press("Control+s");
    assert.equal(await page.locator(id("saved-note")).count(), 0, "an unusual value is not saved unconfirmed");
    await page.locator(id("vitals-confirm-systolic")).press("Space");
    await page.waitForFunction((button) => !document.querySelector(button)?.hasAttribute("aria-disabled"), id("vitals-save"));
    await page.keyboard.press("Control+s");
    await says(page, "saved-note", "Saved on this device");
    await says(page, "live-polite", "Saved on this device");
    await says(page, "reading-row", "Saved offline");
    await page.evaluate(() => window.stage.goOnline());
    await says(page, "reading-row", "Synced 14:05");
    await says(page, "status-sync", "Synced 14:05");
  },

  "draft: Escape keeps it, letters in a field are letters, Discard empties it": async ({ page, address }) => {
    await open(page, `${address}/${work}#/patient/enrique/vitals`, id("readings"));
    await page.keyboard.press("v");
    await page.fill(id("vital-heartRate"), "90");
    await page.locator(id("vital-heartRate")).press("v");
    assert.equal(await page.inputValue(id("vital-heartRate")), "90v");
    await page.fill(id("vital-heartRate"), "90");
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("vital-heartRate"), { state: "detached" });
    await page.click(id("nav-patients"));
    await page.waitForSelector(id("patient-row-alcantar"));
    await page.goBack();
    await page.waitForSelector(id("add-vitals"));
    await page.keyboard.press("v");
    await page.waitForSelector(id("vital-heartRate"));
    assert.equal(await page.inputValue(id("vital-heartRate")), "90", "the draft was kept");
    await page.click(id("vitals-discard"));
    assert.equal(await page.inputValue(id("vital-heartRate")), "");
  },

  "disk full: said at once, the draft stays": async ({ page, address }) => {
    await open(page, `${address}/${work}&disk=full#/patient/enrique/vitals`, id("readings"));
    await page.keyboard.press("v");
    await page.fill(id("vital-heartRate"), "90");
    await page.keyboard.press("Control+s");
    await says(page, "live-assertive", "disk of this computer is full");
    assert.equal(await page.inputValue(id("vital-heartRate")), "90");
  },

  "conflict: resolved with the keyboard alone, then the next one": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review`, id("inbox-row-c-enrique"));
    assert.equal(await focused(page), "inbox-row-c-koepp", "the list has the focus");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    assert.match(await text(page, "accept"), /2 fields left/, "nothing can be accepted yet, and it says why");
    await page.keyboard.press("1");
    await says(page, "left-text", "1 field left");
    await page.keyboard.press("u");
    await says(page, "left-text", "2 fields left");
    await page.keyboard.press("n");
    await page.keyboard.press("2");
    await says(page, "left-text", "1 field left");
    await page.keyboard.press("n");
    await page.keyboard.press("1");
    await says(page, "left-text", "All decided");
    await says(page, "live-polite", "All decided");
    await page.keyboard.press("Control+Enter");
    assert.equal(await focused(page), "accept-reason", "asked too early, it leads to the reason");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Control+Enter");
    assert.equal(await focused(page), "accept-confirm", "then to the high-risk sentence");
    await page.keyboard.press("Space");
    await page.keyboard.press("Control+Enter");
    await says(page, "banner", "KOEPP");
    await says(page, "live-polite", "Saved on this device");
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
  },

  "conflict: after the last choice the keys mean what they meant": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    assert.match(await page.locator('th[data-tone="result"]').innerText(), /Nothing is chosen for you/);
    await page.keyboard.press("1");
    await page.keyboard.press("n");
    await page.keyboard.press("2");
    await says(page, "left-text", "All decided");
    await says(page, "live-polite", "R gives one");
    assert.doesNotMatch(await page.locator('th[data-tone="result"]').innerText(), /Nothing is chosen for you/);
    const before = await path(page);
    assert.ok(before, "the focus stays in the row");
    await page.keyboard.press("n");
    assert.ok((await path(page)) && (await path(page)) !== before, "N goes to the next field, decided as it is");
    await page.keyboard.press("2");
    await says(page, "left-text", "All decided");
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "accept-reason", "Enter leads to what is missing");
    await page.locator(id("conflict-row")).first().focus();
    await page.keyboard.press("r");
    await says(page, "live-polite", "Reason: Checked with the prescriber");
    await page.keyboard.press("r");
    await says(page, "live-polite", "Reason: Checked with the patient");
    assert.equal(await page.inputValue(id("accept-reason")), "Checked with the patient");
    assert.ok(await path(page), "the reason is given from the row");
    for (let i = 0; i < 3; i += 1) await page.keyboard.press("r");
    assert.equal(await focused(page), "accept-reason-text", "after the list come one's own words");
    await page.keyboard.type("rang the ward");
    assert.equal(await page.inputValue(id("accept-reason-text")), "rang the ward", "letters are letters there");
    await page.keyboard.press("Control+Enter");
    assert.equal(await focused(page), "accept-confirm");
    await page.keyboard.press("n");
    assert.ok(await path(page), "keys work from the box, too");
    await page.locator(id("accept-confirm")).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Saved on this device");
  },

  "conflict: panes and table are one state; typing over a field can be undone": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.querySelector('table[aria-label^="Full record"]'));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    await page.keyboard.press("2");
    await says(page, "left-text", "1 field left");
    await page.keyboard.press("f");
    await page.waitForSelector(id("before-row"));
    assert.equal(await path(page), "dosageInstruction/0", "the same row has the focus");
    assert.equal(await page.locator('[data-path="dosageInstruction/0"] [data-testid="pick-server"]').getAttribute("aria-pressed"), "true");
    await page.keyboard.press("e");
    assert.equal(await focused(page), "field-editor");
    await page.keyboard.type("15");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.body.textContent?.includes("Edited by you"));
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-path") === "dosageInstruction/0");
    await page.keyboard.press("u");
    await page.keyboard.press("u");
    await says(page, "left-text", "2 fields left");
  },

  "conflict: deleted there, edited here: three ways, each taken back by U, never a blank column": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-koepp`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    assert.match(await text(page, "deleted-in-words"), /Deleted by Q. Beahan.*edited by A. Orn/s, "who did what");
    assert.match(await text(page, "pick-device"), /Keep edited/);
    assert.match(await text(page, "pick-server"), /Confirm delete/);
    assert.match(await text(page, "pick-both"), /Keep both/);
    const result = () => page.locator(id("result")).innerText();
    for (const [key, wanted] of [["1", "Active, criticality high"], ["2", "Deleted: entered in error"], ["3", "marked as entered in error"]]) {
      await page.keyboard.press(key);
      await says(page, "left-text", "All decided");
      assert.ok((await result()).includes(wanted), `${key} comes to ${wanted}: ${await result()}`);
      await page.keyboard.press("u");
      await says(page, "left-text", "1 field left");
    }
    await page.keyboard.press("1");
    await page.keyboard.press("r");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Saved on this device");
  },

  "conflict: of a signed note both texts are kept, by one key, and U takes it back": async ({ page, address }) => {
    await open(page, `${address}/${work}&online&signed#/review/c-note`, id("keep-both"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    await says(page, "keep-both-strip", "becomes an addendum");
    await page.keyboard.press("3");
    await page.waitForSelector(`${id("keep-both")}[aria-pressed="true"]`);
    await says(page, "left-text", "All decided");
    await says(page, "live-polite", "Keep both, with an addendum");
    assert.match(await page.locator(id("result")).innerText(), /Walks again.*addendum.*Pressure high/s);
    await page.keyboard.press("u");
    await says(page, "left-text", "1 field left");
    await page.waitForSelector(`${id("keep-both")}[aria-pressed="false"]`);
    await page.keyboard.press("3");
    await page.keyboard.press("r");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Saved on this device");
  },

  "conflict: the server changes again: a banner, and only that field is asked anew": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    await page.keyboard.press("1");
    await page.keyboard.press("n");
    await page.keyboard.press("2");
    await says(page, "left-text", "All decided");
    await page.evaluate(() => window.stage.serverMovesOn("c-enrique"));
    await page.waitForSelector(id("stale"));
    await says(page, "left-text", "1 field left");
    const picks = await page.locator(id("conflict-row")).evaluateAll((rows) => rows.slice(0, 2).map((row) => row.dataset.pick));
    assert.deepEqual(picks, ["undecided", "server"], "the choice that still holds is kept");
    await page.locator(id("conflict-row")).first().focus();
    await page.keyboard.press("2");
    await says(page, "left-text", "All decided");
    await page.waitForSelector(id("stale"), { state: "detached" });
  },

  "conflict: what was chosen is there again after the window was left": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    await page.keyboard.press("1");
    await page.keyboard.press("n");
    await page.keyboard.press("2");
    await page.keyboard.press("u");
    await says(page, "left-text", "1 field left");
    await page.keyboard.press("Control+l");
    await page.waitForSelector(id("passphrase"));
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.click(id("nav-review"));
    await page.locator(`${id("inbox-row-c-enrique")} button`).first().press("Enter");
    await page.waitForSelector(id("conflict-row"));
    await says(page, "left-text", "1 field left");
    const picks = await page.locator(id("conflict-row")).evaluateAll((rows) => rows.slice(0, 2).map((row) => row.dataset.pick));
    assert.deepEqual(picks, ["device", "undecided"]);
    assert.equal(await page.locator(id("undo")).count(), 1, "and it can still be taken back");
  },

  "merged: the bar says so and leads to both sources": async ({ page, address }) => {
    await open(page, `${address}/${work}&online&merged`, id("status-view"));
    await says(page, "status-sync", "Synced 14:05 – merged automatically");
    await page.click(id("status-view"));
    await says(page, "merged-text", "2 records merged automatically today");
    await page.locator(id("history-MedicationRequest/m1")).press("Enter");
    await page.waitForSelector(id("merge-source"));
    const sources = await page.locator(id("merge-source")).allInnerTexts();
    assert.deepEqual(sources.map((source) => source.split(":")[0]), ["From this device", "From the server"]);
    await says(page, "history-dialog", "Refills (from the server)");
    await says(page, "history-dialog", "870 062 165");
  },

  "numbers: for administrators alone, each with its unit and what it is": async ({ page, address }) => {
    await open(page, `${address}/${work}&online`, id("nav-device"));
    assert.equal(await page.locator(id("nav-measures")).count(), 0, "a clinician is not offered them");
    await open(page, `${address}/?as=schultz&online`, id("nav-measures"));
    await page.locator(id("nav-measures")).press("Enter");
    await says(page, "measure-shareMerged", "97.2 %");
    await says(page, "measure-shareMerged", "put together without a person");
    await says(page, "measures-window", "30 days");
    await page.locator(id("chip-7")).press("Space");
    await says(page, "measures-window", "7 days");
  },

  "keystrokes: a typical conflict of two fields takes five": async ({ page, address }) => {
    await open(page, `${address}/${work}&online&timed#/review/c-two`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    const strokes = ["1", "n", "2", "r", "Enter"];
    for (const stroke of strokes) await page.keyboard.press(stroke);
    await says(page, "live-polite", "Saved on this device");
    assert.ok(strokes.length <= 5);
    assert.notEqual(new URL(page.url()).hash, "#/review/c-two", "the next conflict is open");
    console.log(`    ${strokes.length} keystrokes for two fields`);
  },

  "keystrokes: ten fields by script in under thirty seconds": async ({ page, address }) => {
    await open(page, `${address}/${work}&online&timed#/review/c-ten`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    const began = Date.now();
    for (let field = 0; field < 10; field += 1) {
      await page.keyboard.press(field % 2 === 0 ? "1" : "2");
      await says(page, "left-text", field === 9 ? "All decided" : `${9 - field} field`);
      if (field < 9) await page.keyboard.press("n");
    }
    await page.keyboard.press("r");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Saved on this device");
    const tookMs = Date.now() - began;
    assert.ok(tookMs < 30_000, `took ${tookMs} ms`);
    console.log(`    ten fields in ${tookMs} ms, 21 keystrokes`);
  },

  "conflict in Arabic: the language is chosen in the menu, the rest is keys": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    await page.click(id("user-menu"));
    await page.click(id("language-ar"));
    await page.waitForFunction(() => document.documentElement.dir === "rtl" && document.documentElement.lang === "ar");
    await says(page, "left-text", "بقي حقلان");
    const boxes = await page.evaluate(() =>
      ["device", "result", "server"].map((tone) => document.querySelector(`th[data-tone="${tone}"]`)?.getBoundingClientRect().x),
    );
    assert.ok(boxes[0] > boxes[1] && boxes[1] > boxes[2], "this device stands at the inline start, which is right");
    await page.locator(id("conflict-row")).first().focus();
    await page.keyboard.press("1");
    await says(page, "left-text", "بقي حقل واحد");
    await page.keyboard.press("n");
    await page.keyboard.press("2");
    await says(page, "left-text", "حُسم الكل");
    assert.equal(await focused(page), "conflict-row", "the last choice leaves the focus where it was");
    await says(page, "live-polite", "السبب مطلوب");
    await page.keyboard.press("r");
    await says(page, "live-polite", "السبب:");
    await page.keyboard.press("Control+Enter");
    assert.equal(await focused(page), "accept-confirm");
    await page.keyboard.press("Space");
    await page.keyboard.press("Control+Enter");
    await says(page, "live-polite", "حُفظ على هذا الجهاز");
    await says(page, "banner", "KOEPP");
  },

  "unlock: the language of the device is chosen before anyone is at work": async ({ page, address }) => {
    await open(page, `${address}/`, id("unlock-language"));
    await page.selectOption(id("unlock-language"), "ar");
    await page.waitForFunction(() => document.documentElement.dir === "rtl");
    assert.match(await text(page, "unlock-submit"), /فتح/);
    await page.fill(id("passphrase"), "correct horse");
    await page.press(id("passphrase"), "Enter");
    await says(page, "nav-patients", "المرضى");
  },

  "conflict: an unknown birth date is entered as unknown, and taken back": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-zahra`, id("conflict-row"));
    await page.locator('[data-path="birthDate"]').focus();
    await page.click(id("enter-unknown"));
    await page.waitForFunction(() => document.body.textContent?.includes("Entered as unknown"));
    await page.locator('[data-path="birthDate"]').focus();
    await page.keyboard.press("u");
    await page.waitForFunction(() => !document.body.textContent?.includes("Entered as unknown"));
  },

  "clinic conflict: put before it by keyboard, named, commented": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    await page.keyboard.press("c");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "case-assignee");
    await page.selectOption(id("case-assignee"), "schultz");
    await page.keyboard.press("Tab");
    await page.keyboard.type("1 or 2 tablets? n is a letter here");
    await page.keyboard.press("Control+Enter");
    assert.equal(await page.locator(id("case-dialog")).count(), 1, "nothing behind the dialog is accepted");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("case-dialog"), { state: "detached" });
    await says(page, "case-strip", "Goes before the clinic at the next sync");
    await says(page, "case-strip", "For T. Schultz");
    await says(page, "case-strip", "n is a letter here");
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    await page.keyboard.press("1");
    await says(page, "left-text", "1 field left");
    await page.keyboard.press("c");
    await page.locator(id("case-comment")).fill("rang the ward");
    await page.locator(id("case-comment")).press("Enter");
    await says(page, "case-comments", "rang the ward");
    await says(page, "case-comments", "not sent yet");
  },

  "clinic conflict: an admin finds, names and decides one of another workstation": async ({ page, address }) => {
    await open(page, `${address}/?as=schultz&online&clinic#/review`, id("inbox-row-c-away"));
    await says(page, "inbox-row-c-away", "From Workstation 5");
    await page.keyboard.press("f");
    await page.keyboard.press("f");
    await page.waitForSelector(`${id("chip-mine")}:checked`);
    await page.locator(`${id("inbox-row-c-away")} button`).focus();
    await page.keyboard.press("a");
    await page.waitForSelector(id("case-assignee"));
    await page.selectOption(id("case-assignee"), "orn");
    await says(page, "live-polite", "Now for A. Orn");
    await page.selectOption(id("case-assignee"), "schultz");
    await says(page, "live-polite", "Now for You");
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("case-dialog"), { state: "detached" });
    await page.locator(`${id("inbox-row-c-away")} button`).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.hasAttribute("data-path"));
    assert.match(await page.locator('th[data-tone="device"]').innerText(), /Workstation 5/, "away from its origin, its name");
    await page.keyboard.press("1");
    await page.keyboard.press("n");
    await page.keyboard.press("1");
    await says(page, "left-text", "All decided");
    await page.keyboard.press("r");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Saved on this device");
  },

  "clinic conflict: a second person approves, or sends back with a reason": async ({ page, address }) => {
    await open(page, `${address}/?as=schultz&online&clinic#/review/c-proposed`, id("proposal"));
    await says(page, "proposal", "850 mg");
    await page.keyboard.press("Control+Enter");
    assert.equal(await focused(page), "proposal-confirm", "the high-risk sentence first");
    await page.locator(id("send-back")).press("Enter");
    assert.equal(await focused(page), "send-back-reason", "a reason first");
    await page.keyboard.type("which eGFR?");
    await page.locator(id("send-back")).press("Enter");
    await says(page, "live-polite", "Sent back");
    await open(page, `${address}/?as=schultz&online&clinic=2#/review/c-proposed`, id("proposal"));
    await page.locator(id("proposal-confirm")).press("Space");
    await page.keyboard.press("Control+Enter");
    await says(page, "live-polite", "Saved on this device");
  },

  "past: from the record's history a decision is taken back, with what returns shown before": async ({ page, address }) => {
    await open(page, `${address}/${work}#/patient/enrique/medications`, id("history-Patient/enrique"));
    await page.locator("table button").first().press("Enter");
    await page.waitForSelector(id("take-back"));
    await says(page, "history-dialog", "Merged automatically");
    await says(page, "history-dialog", "870 062 165");
    await page.locator(id("take-back")).press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "return-reason");
    await says(page, "changes", "10 mg – oral – twice a day");
    assert.match(await text(page, "return-now"), /reason first/, "locked, and it says why");
    await page.keyboard.type("wrong card");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Taken back");
    await page.waitForSelector(id("bring-back-3"));
    await page.locator(id("bring-back-3")).press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "return-reason");
    await page.keyboard.type("the merge was wrong");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Brought back");
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("history-dialog"), { state: "detached" });
  },

  "allergy: one of two records is marked as entered in error, and can be found again": async ({ page, address }) => {
    await open(page, `${address}/${work}#/patient/enrique/allergies`, id("in-error-AllergyIntolerance/1"));
    await page.locator(id("in-error-AllergyIntolerance/1")).press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "in-error-reason");
    await says(page, "in-error-weakens", "Only this record says");
    await says(page, "in-error-after", "Low criticality · Itching");
    assert.match(await text(page, "in-error-now"), /reason first/);
    await page.keyboard.type("wrong patient");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "Marked as entered in error");
    await says(page, "retracted", "penicillin");
    assert.equal(await page.locator(id("source-AllergyIntolerance/1b")).count(), 0, "the other stands alone");
    await page.waitForFunction(() => document.activeElement?.id === "allergies-list");
    await page.waitForSelector(id("history-AllergyIntolerance/1"));
  },

  "discarded: who reviews finds what was given up, and looks at it by keyboard": async ({ page, address }) => {
    await open(page, `${address}/?as=schultz#/device`, id("discarded-look-4201"));
    await page.locator(id("discarded-look-4201")).press("Enter");
    await says(page, "discarded-why", "Typed into the wrong chart");
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("discarded-dialog"), { state: "detached" });
    assert.equal(await focused(page), "discarded-look-4201");
    await says(page, "discarded-3990", "Sealed from you");
  },

  "double: two records of one person are compared and linked, never joined": async ({ page, address }) => {
    await open(page, `${address}/${work}&double#/patient/enrique/summary`, id("double-compare"));
    await says(page, "double-strip", "Possibly the same person");
    await page.locator(id("double-compare")).press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "double-reason");
    assert.match(await text(page, "double-link"), /reason first/i);
    await page.keyboard.type("both cards were here");
    await page.keyboard.press("Enter");
    await says(page, "live-polite", "both records stay");
    await says(page, "double-strip", "Linked record of the same person");
    await page.waitForSelector(id("double-open"));
  },

  "past: many by one rule, tried, one left out, taken back in one step": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review`, id("inbox-row-c-enrique"));
    await page.keyboard.press("m");
    await says(page, "bulk-sum", "5 would be decided");
    await says(page, "bulk-sum", "1 high risk, always left to a person");
    assert.equal(await page.locator(id("bulk-include-b-zahra")).count(), 0, "high risk cannot be taken in");
    await page.locator(id("bulk-include-b-ward")).press("Space");
    await says(page, "bulk-sum", "4 would be decided");
    assert.match(await text(page, "bulk-decide"), /reason first/);
    await page.fill(id("bulk-reason"), "the registry rang them");
    await page.locator(id("bulk-reason")).press("Enter");
    await says(page, "bulk-done", "4 decided");
    await page.locator(id("batch-back-now")).press("Enter");
    await says(page, "live-polite", "4 taken back");
    await page.waitForSelector(id("bulk-dialog"), { state: "detached" });
  },

  "past: what was decided is listed; one that cannot be taken back says why": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review`, id("inbox-row-c-enrique"));
    await page.keyboard.press("f");
    await page.keyboard.press("f");
    await page.waitForSelector(id("decided-row-d-late"));
    await page.locator(id("take-back-d-late")).press("Enter");
    await says(page, "return-why-not", "changed since");
    assert.match(await text(page, "return-now"), /cannot be done now/);
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("take-back-dialog"), { state: "detached" });
    await page.locator(id("batch-back")).press("Enter");
    await page.locator(id("batch-back-now")).press("Enter");
    await says(page, "live-polite", "3 taken back");
    await page.waitForSelector(id("batch-b-phones"), { state: "detached" });
  },

  "conflict: only an administrator is offered the JSON": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    assert.equal(await page.locator(id("raw-open")).count(), 0);
    await open(page, `${address}/?as=schultz&online#/review/c-enrique`, id("raw-open"));
    await page.click(id("raw-open"));
    await says(page, "raw-dialog", "MedicationRequest");
    await says(page, "raw-dialog", "870 062 165");
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("raw-dialog"), { state: "detached" });
  },

  "single keys can be turned off": async ({ page, address }) => {
    await open(page, `${address}/${work}&online#/review/c-enrique`, id("conflict-row"));
    await page.click(id("single-keys-switch"));
    await page.locator(id("conflict-row")).first().focus();
    await page.keyboard.press("1");
    assert.match(await text(page, "left-text"), /2 fields left/);
    await page.click(id("single-keys-switch"));
    await page.locator(id("conflict-row")).first().focus();
    await page.keyboard.press("1");
    await says(page, "left-text", "1 field left");
  },

  "a chart in conflict leads to its review with R": async ({ page, address }) => {
    await open(page, `${address}/${work}&online&conflict#/patient/enrique/summary`, id("conflict-strip"));
    await page.keyboard.press("r");
    await page.waitForSelector(id("conflict-row"));
  },

  "lock: by key, and from outside": async ({ page, address }) => {
    await open(page, `${address}/${work}#/patient/enrique/summary`, id("banner"));
    await page.keyboard.press("Control+l");
    await page.waitForSelector(id("passphrase"));
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("search"));
    await page.evaluate(() => window.stage.lockFromOutside());
    await page.waitForSelector(id("passphrase"));
    assert.equal(await page.getByText("TREVIÑO").count(), 0, "nothing of a patient is left on screen");
  },

  "PIN: tries are counted down, after the fifth the passphrase takes its place": async ({ page, address }) => {
    await open(page, `${address}/?pin`, id("pin"));
    assert.equal(await focused(page), "pin", "one can type at once");
    for (const left of [4, 3, 2, 1]) {
      await page.keyboard.type("000000");
      await page.keyboard.press("Enter");
      await says(page, "unlock-error", `${left} tries left`);
      assert.equal(await page.inputValue(id("pin")), "", "a wrong PIN is not left standing");
    }
    await page.keyboard.type("000000");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("passphrase"));
    await says(page, "live-assertive", "Unlocking with a PIN is over");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "passphrase");
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("search"));
  },

  "PIN: set from the menu, asked for after the lock": async ({ page, address }) => {
    await open(page, `${address}/${work}`, id("user-menu"));
    await page.locator(id("user-menu")).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("set-pin"));
    await page.click(id("set-pin"));
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "new-pin");
    await page.keyboard.type("482913");
    await page.fill(id("repeated-pin"), "482913");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("pin-dialog"), { state: "detached" });
    await says(page, "live-polite", "The PIN is set");
    await page.keyboard.press("Control+l");
    await page.waitForSelector(id("pin"));
    await page.fill(id("pin"), "482913");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("search"));
  },

  "recovery key: words, a judged passphrase, in": async ({ page, address }) => {
    await open(page, `${address}/`, id("passphrase"));
    await page.locator(id("unlock-by-recovery")).press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "recovery-words");
    await page.keyboard.type("abandon ability");
    assert.match(await page.locator("#recovery-hint").innerText(), /^2 of 24/);
    await page.fill(id("new-passphrase"), "short");
    await page.clock.runFor(600);
    await says(page, "strength", "Too short");
    await page.click(id("suggest-passphrase"));
    await page.clock.runFor(600);
    await says(page, "strength", "A strong passphrase");
    await page.locator(id("recover-submit")).press("Enter");
    await says(page, "unlock-error", "24 words; 2 were given");
    const words = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual";
    await page.fill(id("recovery-words"), words);
    await page.locator(id("recover-submit")).press("Enter");
    await page.waitForSelector(id("search"));
  },

  "idle: warned, Stay by keyboard, any key goes on": async ({ page, address }) => {
    await open(page, `${address}/${work}`, id("patient-row-alcantar"));
    await page.evaluate(() => window.stage.lockSoon());
    await says(page, "lock-warning", "Locks in 1 minute");
    await page.locator(id("lock")).focus();
    await page.keyboard.press("Tab");
    assert.equal(await page.locator(id("stay")).count(), 1, "Tab leads on and leaves the button there");
    for (let i = 0; i < 20 && (await focused(page)) !== "stay"; i += 1) await page.keyboard.press("Tab");
    assert.equal(await focused(page), "stay");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("lock-warning"), { state: "detached" });
    assert.ok(await page.evaluate(() => window.stage.calls.includes("still_here")), "Rust is told");
    await page.evaluate(() => window.stage.lockSoon());
    await page.waitForSelector(id("stay"));
    await page.keyboard.press("ArrowDown");
    await page.waitForSelector(id("lock-warning"), { state: "detached" });
  },

  "draft: kept over the lock and offered again": async ({ page, address }) => {
    await open(page, `${address}/${work}#/patient/enrique/vitals`, id("readings"));
    await page.keyboard.press("v");
    await page.fill(id("vital-heartRate"), "91");
    await page.keyboard.press("Control+l");
    await page.waitForSelector(id("passphrase"));
    assert.ok(await page.evaluate(() => window.stage.calls.includes("keep_draft")), "kept before the lock");
    assert.equal(await page.getByText("TREVIÑO").count(), 0, "nothing of a patient is left on screen");
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await says(page, "draft-strip", "TREVIÑO");
    await page.locator(id("draft-open")).press("Enter");
    await page.waitForSelector(id("vital-heartRate"));
    assert.equal(await page.inputValue(id("vital-heartRate")), "91");
    await page.waitForSelector(id("draft-strip"), { state: "detached" });
  },

  "notices: told at once, dismissed one by one": async ({ page, address }) => {
    await open(page, `${address}/${work}&notices`, id("notice"));
    assert.equal(await page.locator(id("notice")).count(), 2);
    assert.match(await text(page, "notice"), /altered outside Haven/, "the worse one first");
    await page.locator(id("notice-dismiss")).first().press("Enter");
    await says(page, "notice", "The disk is full");
    await page.locator(id("notice-dismiss")).first().press("Enter");
    await page.waitForSelector(id("notice"), { state: "detached" });
  },

  "glass: hidden, a reason, open for an hour": async ({ page, address }) => {
    await open(page, `${address}/?as=moen#/patient/enrique/summary`, id("glass-hidden"));
    await page.locator(id("break-glass")).press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "glass-reason");
    assert.match(await text(page, "glass-open"), /reason first/, "locked, and it says why");
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("glass-dialog"), { state: "detached" });
    assert.equal(await focused(page), "break-glass", "the focus is where it was");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("glass-reason"));
    await page.keyboard.type("unconscious, vitals unknown");
    assert.equal(await page.locator(id("vital-systolic")).count(), 0, "letters of a reason are no keys of the chart");
    await page.locator(id("glass-open")).press("Enter");
    await says(page, "glass-broken", "Emergency access until 15:05");
    await says(page, "live-polite", "Emergency access until 15:05");
  },

  "device: words once, backup, a person added and removed, all by keyboard": async ({ page, address }) => {
    await open(page, `${address}/?as=schultz`, id("nav-device"));
    await page.locator(id("nav-device")).press("Enter");
    await page.waitForSelector(id("recovery-show"));
    await page.locator(id("recovery-show")).press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "recovery-written");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(id("recovery-dialog")).count(), 1, "words that are not written down do not vanish by a slip");
    await page.locator(id("recovery-written")).press("Space");
    await page.locator(id("recovery-done")).press("Enter");
    await page.waitForSelector(id("recovery-dialog"), { state: "detached" });
    await page.waitForSelector(id("recovery-renew"));
    await page.fill(id("backup-file"), "backup.haven");
    await page.locator(id("backup-file")).press("Enter");
    await page.waitForFunction(() => document.body.textContent?.includes("Name the whole path"));
    await page.fill(id("backup-file"), "/media/usb/clinic.haven");
    await page.locator(id("backup-file")).press("Enter");
    await says(page, "backup-said", "Backup written and checked");
    await page.locator(id("login-add")).press("Enter");
    await page.fill(id("login-displayName"), "Keita, Awa");
    await page.fill(id("login-name"), "keita");
    await page.selectOption(id("login-role"), "nurse");
    await page.click(id("suggest-passphrase"));
    await page.locator(id("login-save")).press("Enter");
    await says(page, "login-row-keita", "Keita, Awa");
    await page.locator(id("login-remove-keita")).press("Enter");
    await page.locator(id("login-save")).press("Enter");
    await page.waitForSelector(id("login-row-keita"), { state: "detached" });
    await page.locator(id("keys-rotate")).press("Enter");
    await says(page, "keys-said", "4 keys replaced");
  },

  "dark, by hand, is remembered": async ({ page, address }) => {
    await open(page, `${address}/${work}`, id("patient-row-alcantar"));
    await page.click(id("user-menu"));
    await page.click(id("scheme-dark"));
    await page.reload();
    await page.waitForSelector(id("patient-row-alcantar"));
    const scheme = await page.evaluate(() => document.documentElement.getAttribute("data-mantine-color-scheme"));
    assert.equal(scheme, "dark");
  },
};
