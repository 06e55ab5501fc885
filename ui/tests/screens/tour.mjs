// Every screen once, for the pictures and for axe: its address, and what to do before looking.
import { id } from "./browser.mjs";

const work = "?as=orn";

export const tour = [
  { everyLook: true, name: "01-unlock", address: "", ready: id("passphrase") },
  {
    name: "01-unlock-wrong",
    address: "",
    ready: id("passphrase"),
    act: async (page) => {
      await page.fill(id("passphrase"), "not this one");
      await page.press(id("passphrase"), "Enter");
      await page.waitForSelector(id("unlock-error"));
    },
  },
  { everyLook: true, name: "14-unlock-pin", address: "?pin", ready: id("pin"), act: async (page) => {
    await page.fill(id("pin"), "000000");
    await page.press(id("pin"), "Enter");
    await page.waitForSelector(id("unlock-error"));
  } },
  { everyLook: true, name: "14-unlock-recovery", address: "", ready: id("passphrase"), act: async (page) => {
    await page.click(id("unlock-by-recovery"));
    await page.fill(id("recovery-words"), "abandon ability able");
    await page.fill(id("new-passphrase"), "short");
    await page.clock.runFor(600);
    await page.waitForSelector(`${id("strength")} svg`);
  } },
  { everyLook: true, name: "15-notices-draft", address: `${work}&notices&draft`, ready: id("draft-strip"), act: async (page) => {
    await page.evaluate(() => window.stage.lockSoon());
    await page.waitForSelector(id("stay"));
  } },
  { name: "15-pin-dialog", address: work, ready: id("user-menu"), act: async (page) => {
    await page.click(id("user-menu"));
    await page.click(id("set-pin"));
    await page.waitForSelector(id("new-pin"));
  } },
  { everyLook: true, name: "16-glass-hidden", address: "?as=moen#/patient/enrique/summary", ready: id("glass-hidden") },
  { everyLook: true, name: "16-glass-dialog", address: "?as=moen#/patient/enrique/summary", ready: id("glass-hidden"), act: async (page) => {
    await page.click(id("break-glass"));
    await page.waitForSelector(id("glass-reason"));
  } },
  { name: "16-glass-broken", address: "?as=moen#/patient/enrique/summary", ready: id("glass-hidden"), act: async (page) => {
    await page.click(id("break-glass"));
    await page.fill(id("glass-reason"), "unconscious");
    await page.click(id("glass-open"));
    await page.waitForSelector(id("glass-broken"));
  } },
  { everyLook: true, name: "17-device", address: "?as=schultz#/device", ready: id("backup-now"), act: async (page) => {
    await page.click(id("verify"));
    await page.waitForSelector(id("verified"));
  } },
  { everyLook: true, name: "17-discarded", address: "?as=schultz#/device", ready: id("discarded-look-4201"), act: async (page) => {
    await page.click(id("discarded-look-4201"));
    await page.waitForSelector(id("discarded-why"));
  } },
  { name: "17-device-clinician", address: `${work}#/device`, ready: id("backup-now") },
  { everyLook: true, name: "17-recovery-words", address: "?as=schultz#/device", ready: id("recovery-show"), act: async (page) => {
    await page.click(id("recovery-show"));
    await page.waitForSelector(id("recovery-written"));
  } },
  { name: "17-login-add", address: "?as=schultz#/device", ready: id("login-add"), act: async (page) => {
    await page.click(id("login-add"));
    await page.click(id("suggest-passphrase"));
    await page.clock.runFor(600);
    await page.waitForSelector(`${id("strength")}[data-ok="true"]`);
  } },
  { name: "01-unlock-not-ready", address: "?scenario=notReady", ready: "code" },
  { everyLook: true, name: "02-patients", address: work, ready: id("patient-row-alcantar"), act: async (page) => {
    await page.locator(`${id("patient-row-alcantar")} button`).focus();
    for (let i = 0; i < 9; i += 1) await page.keyboard.press("ArrowDown");
  } },
  {
    name: "02-patients-search",
    address: work,
    ready: id("patient-row-alcantar"),
    act: async (page) => {
      await page.fill(id("search"), "trev");
      await page.clock.runFor(400);
      await page.waitForSelector(id("patient-row-alcantar"), { state: "detached" });
    },
  },
  { name: "02-patients-empty", address: `${work}&scenario=empty`, ready: "h1" },
  { everyLook: true, name: "03-chart", address: `${work}#/patient/enrique/summary`, ready: id("banner") },
  { name: "12-chart-no-allergies", address: `${work}#/patient/harris/summary`, ready: id("banner") },
  { name: "03-chart-deceased", address: `${work}#/patient/ward/summary`, ready: id("banner") },
  { name: "04-vitals", address: `${work}#/patient/enrique/vitals`, ready: id("readings") },
  {
    everyLook: true, name: "04-vitals-form",
    address: `${work}#/patient/enrique/vitals`,
    ready: id("readings"),
    act: async (page) => {
      await page.keyboard.press("v");
      await page.fill(id("vital-systolic"), "184");
      await page.fill(id("vital-diastolic"), "112");
      await page.fill(id("vital-temperature"), "378");
      await page.clock.runFor(600);
      await page.waitForSelector(id("vitals-note-temperature"));
    },
  },
  { name: "04-vitals-table", address: `${work}#/patient/enrique/vitals`, ready: id("readings"), act: (page) => page.click(id("chip-table")) },
  ...["medications", "allergies", "results", "encounters", "notes"].map((tab) => ({
    name: `03-${tab}`,
    address: `${work}&conflict#/patient/enrique/${tab}`,
    ready: id("banner"),
  })),
  { everyLook: true, name: "05-sync", address: `${work}#/sync`, ready: id("sync-now") },
  { everyLook: true, name: "05-sync-trouble", address: `${work}&trouble#/sync`, ready: id("held-strip") },
  { everyLook: true, name: "05-sync-held", address: `${work}&trouble#/sync`, ready: id("held-open"), act: async (page) => {
    await page.click(id("held-open"));
    await page.fill(id("held-reason"), "deleted by mistake at the server");
  } },
  { name: "05-sync-discard", address: `${work}#/sync`, ready: id("discard-portillo/Wound check note"), act: async (page) => {
    await page.click(id("discard-portillo/Wound check note"));
    await page.waitForSelector(id("discard-reason"));
  } },
  { everyLook: true, name: "23-attachments", address: `${work}#/patient/enrique/notes`, ready: id("document-DocumentReference/2"), act: async (page) => {
    await page.click(id("document-DocumentReference/2"));
    await page.waitForSelector(id("attachment-failed"));
  } },
  { name: "23-attachment-save", address: `${work}#/patient/enrique/notes`, ready: id("document-DocumentReference/2"), act: async (page) => {
    await page.click(id("document-DocumentReference/2"));
    await page.click(id("attachment-save-whole"));
    await page.waitForSelector(id("attachment-file"));
  } },
  { name: "23-document-add", address: `${work}#/patient/enrique/notes`, ready: id("add-document"), act: async (page) => {
    await page.click(id("add-document"));
    await page.fill(id("document-file"), "/home/orn/letter.pdf");
  } },
  { name: "05-sync-online", address: `${work}&online#/sync`, ready: id("sync-now") },
  { everyLook: true, name: "05-sync-merged", address: `${work}&online&merged#/sync`, ready: id("merged-text") },
  { everyLook: true, name: "21-measures", address: "?as=schultz&online#/measures", ready: id("measure-rows") },
  { everyLook: true, name: "22-conflict-signed", address: `${work}&online&signed#/review/c-note`, ready: id("keep-both"), act: async (page) => {
    await page.keyboard.press("3");
    await page.waitForSelector(`${id("keep-both")}[aria-pressed="true"]`);
  } },
  { everyLook: true, name: "22-conflict-deleted-both", address: `${work}&online#/review/c-koepp`, ready: id("conflict-row"), act: async (page) => {
    await page.keyboard.press("3");
    await page.waitForSelector(id("accept-confirm"));
  } },
  { name: "22-conflict-stale", address: `${work}&online#/review/c-enrique`, ready: id("conflict-row"), act: async (page) => {
    await page.keyboard.press("1");
    await page.evaluate(() => window.stage.serverMovesOn("c-enrique"));
    await page.waitForSelector(id("stale"));
  } },
  { everyLook: true, name: "06-inbox", address: `${work}&online#/review`, ready: id("inbox-row-c-enrique") },
  { everyLook: true, name: "07-conflict-table", address: `${work}&online#/review/c-enrique`, ready: id("conflict-row") },
  {
    everyLook: true, name: "08-conflict-panes",
    address: `${work}&online#/review/c-enrique`,
    ready: id("conflict-row"),
    act: async (page) => {
      await page.click(id("view-toggle"));
    },
  },
  { everyLook: true, name: "07-conflict-merged", address: `${work}&online#/review/c-zahra`, ready: id("conflict-row"), act: async (page) => {
    await page.keyboard.press("1");
    await page.keyboard.press("n");
    await page.keyboard.press("2");
    await page.keyboard.press("n");
    await page.keyboard.press("1");
    await page.click('button[aria-controls$="-merged"]');
  } },
  { name: "07-conflict-deleted", address: `${work}&online#/review/c-koepp`, ready: id("conflict-row") },
  { name: "07-conflict-ready", address: `${work}&online#/review/c-weimann`, ready: id("conflict-row"), act: async (page) => {
    await page.keyboard.press("1");
    await page.keyboard.press("b");
  } },
  { everyLook: true, name: "18-clinic-inbox", address: "?as=schultz&online&clinic#/review", ready: id("inbox-row-c-away"), act: async (page) => {
    await page.keyboard.press("ArrowDown");
  } },
  { everyLook: true, name: "18-clinic-away", address: "?as=schultz&online&clinic#/review/c-away", ready: id("conflict-row") },
  { everyLook: true, name: "18-clinic-dialog", address: "?as=schultz&online&clinic#/review/c-away", ready: id("case-open"), act: async (page) => {
    await page.keyboard.press("c");
    await page.waitForSelector(id("case-comment"));
  } },
  { everyLook: true, name: "18-clinic-proposal", address: "?as=schultz&online&clinic#/review/c-proposed", ready: id("proposal") },
  { name: "18-clinic-ask", address: `${work}&online#/review/c-enrique`, ready: id("case-open"), act: async (page) => {
    await page.keyboard.press("c");
    await page.waitForSelector(id("case-ask"));
  } },
  { everyLook: true, name: "19-past-history", address: `${work}#/patient/enrique/medications`, ready: id("history-Patient/enrique"), act: async (page) => {
    await page.locator("table button").first().click();
    await page.waitForSelector(id("take-back"));
  } },
  { everyLook: true, name: "19-past-take-back", address: `${work}#/patient/enrique/medications`, ready: id("history-Patient/enrique"), act: async (page) => {
    await page.locator("table button").first().click();
    await page.click(id("take-back"));
    await page.waitForSelector(id("return-reason"));
  } },
  { everyLook: true, name: "19-past-decided", address: `${work}&online#/review`, ready: id("chip-decided"), act: async (page) => {
    await page.click(id("chip-decided"), { force: true });
    await page.waitForSelector(id("batch-back"));
  } },
  { everyLook: true, name: "19-past-bulk", address: `${work}&online#/review`, ready: id("bulk-open"), act: async (page) => {
    await page.keyboard.press("m");
    await page.waitForSelector(id("bulk-sum"));
    await page.click(id("bulk-include-b-ward"));
    await page.waitForFunction(() => /left out|مستثنى/.test(document.querySelector('[data-testid="bulk-sum"]')?.textContent ?? "") || document.documentElement.lang === "en");
  } },
  { everyLook: true, name: "20-in-error", address: `${work}#/patient/enrique/summary`, ready: id("in-error-AllergyIntolerance/1"), act: async (page) => {
    await page.click(id("in-error-AllergyIntolerance/1"));
    await page.waitForSelector(id("in-error-weakens"));
  } },
  { name: "20-in-error-after", address: `${work}#/patient/enrique/allergies`, ready: id("in-error-AllergyIntolerance/1b"), act: async (page) => {
    await page.click(id("in-error-AllergyIntolerance/1b"));
    await page.fill(id("in-error-reason"), "recorded twice");
    await page.press(id("in-error-reason"), "Enter");
    await page.waitForSelector(id("retracted"));
  } },
  { everyLook: true, name: "20-double", address: `${work}&double#/patient/enrique/summary`, ready: id("double-compare"), act: async (page) => {
    await page.click(id("double-compare"));
    await page.waitForSelector(id("double-reason"));
  } },
  { name: "20-double-strip", address: `${work}&double#/patient/enrique/summary`, ready: id("double-compare") },
  { everyLook: true, name: "09-chart-conflict", address: `${work}&online&conflict#/patient/enrique/summary`, ready: id("conflict-strip") },
];
