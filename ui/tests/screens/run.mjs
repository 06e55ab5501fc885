// Drives the window in Chromium over made-up data: every screen through axe in light and dark, in
// English and in Arabic from right to left; the main ones in a pseudo-language and at 200 % zoom; and
// the journeys by keyboard. `--pictures` keeps a picture of each screen, too, and looks at them in Arabic and
// dark at once; a pattern after it limits the tour to the screens whose name, with the look behind it, it fits.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromiumPath, launch, openWindow, seriousFaults } from "./browser.mjs";
import { journeys } from "./journeys.mjs";
import { serve } from "./serve.mjs";
import { tour } from "./tour.mjs";

const ui = fileURLToPath(new URL("../..", import.meta.url));
const results = `${ui}test-results`;
const pictures = process.argv.includes("--pictures");
const only = process.argv.find((word, i) => i > 1 && !word.startsWith("--"));

const looks = [
  { suffix: "", scheme: "light", language: "en" },
  { suffix: "-dark", scheme: "dark", language: "en" },
  { suffix: "-ar", scheme: "light", language: "ar" },
  ...(pictures ? [{ suffix: "-ar-dark", scheme: "dark", language: "ar" }] : []),
  // English made four tenths longer: what is cut off shows.
  { suffix: "-pseudo", scheme: "light", language: "pseudo", main: true },
  // The window at 200 % zoom.
  { suffix: "-narrow", scheme: "light", language: "en", width: 683, height: 384, main: true },
];

if (!existsSync(chromiumPath)) {
  console.log(`skipped: no Chromium at ${chromiumPath}; the screens were not looked at`);
  process.exit(0);
}

execFileSync(`${ui}node_modules/.bin/vite`, ["build", "--mode", "mock", "--logLevel", "error"], { cwd: ui, stdio: "inherit" });
mkdirSync(results, { recursive: true });
const { address, stop } = await serve(`${results}/app`);
const browser = await launch();
const faults = [];

async function visit(screen, look) {
  const window = await openWindow(browser, look);
  const name = `${screen.name}${look.suffix}`;
  try {
    const target = new URL(`${address}/${screen.address}`);
    target.searchParams.set("language", look.language);
    await window.page.goto(target.href);
    await window.page.waitForSelector(screen.ready);
    await screen.act?.(window.page);
    await window.page.clock.runFor(700);
    await window.page.evaluate(() => document.fonts.ready);
    if (pictures) await window.page.screenshot({ path: `${results}/${name}.png` });
    faults.push(...(await seriousFaults(window.page)).map((fault) => `${name}: ${fault}`));
    const wide = await window.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) faults.push(`${name}: the page scrolls sideways by ${wide} px`);
  } catch (error) {
    faults.push(`${name}: ${error}`);
    if (pictures) await window.page.screenshot({ path: `${results}/${name}.png` });
  }
  faults.push(...window.errors.map((error) => `${name}: console: ${error}`));
  await window.close();
}

const visits = looks.flatMap((look) =>
  tour
    .filter((screen) => !only || new RegExp(only).test(`${screen.name}${look.suffix}`))
    .filter((screen) => screen.everyLook || !look.main)
    .map((screen) => ({ screen, look })),
);
const visited = visits.length;
const workers = Array.from({ length: 2 }, async () => {
  for (let next = visits.shift(); next; next = visits.shift()) await visit(next.screen, next.look);
});
await Promise.all(workers);

/** A key counts as pressed once the page has drawn what came of it. */
function settleAfterKeys(page) {
  const press = page.keyboard.press.bind(page.keyboard);
  page.keyboard.press = async (...key) => {
    await press(...key);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  };
}

let walked = 0;
for (const [name, journey] of Object.entries(journeys)) {
  if (only && only !== "journeys" && !name.includes(only)) continue;
  const window = await openWindow(browser);
  settleAfterKeys(window.page);
  try {
    await journey({ page: window.page, address });
    faults.push(...window.errors.map((error) => `${name}: console: ${error}`));
    console.log(`ok  ${name}`);
  } catch (error) {
    faults.push(`${name}: ${error instanceof Error ? error.stack : error}`);
    await window.page.screenshot({ path: `${results}/failed-${walked}.png` });
  }
  walked += 1;
  await window.close();
}

await browser.close();
stop();
console.log(`${visited} screens looked at, ${walked} journeys walked, ${faults.length} faults`);
for (const fault of faults) console.log(`  ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
