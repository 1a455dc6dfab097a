// Pictures of the page over the mock, to be looked at: `node tests/pictures.mjs FOLDER [NAME …]`, after `npm run build`.

import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "./mock.mjs";
import { FLAGS, open } from "./stage.mjs";

const [folder = ".", ...only] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const [live, replay, shut, exercise] = await Promise.all(["live", "replay", "login", "exercise"].map((mode) => serve({ mode })));

async function take(name, { at = live, size = [1280, 800], palette = "day", language = "en", officer = "Lt Clarke" }, what = async () => undefined) {
  if (only.length && !only.includes(name)) return;
  const [width, height] = size;
  const page = await open(browser, at.url, { viewport: { width, height }, locale: language }, { palette, officer });
  await page.waitForTimeout(2_500);
  await what(page);
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  if (page.faults.length) console.error(name, page.faults);
  await page.context().close();
}
const key = (...keys) => async (page) => {
  await page.locator("body").click({ position: { x: 330, y: 300 } });
  await page.keyboard.press("Escape");
  for (const one of keys) await page.keyboard.press(one);
};
const row = (text) => async (page) => page.locator(".row", { hasText: text }).first().locator(".row-main").click();

await take("day", {});
await take("day-wide", { size: [1920, 1080] }, row("214"));
await take("night", { palette: "night" }, row("217"));
await take("dusk", { palette: "dusk" }, row("215"));
await take("storm", {}, row("ais-gap".replace("ais-gap", "AIS gap")));
await take("track", {}, async (page) => {
  await row("215")(page);
  await page.locator(".subject .link").first().click();
});
await take("health", {}, key("f"));
await take("log", {}, key("l"));
await take("help", {}, key("?"));
await take("mark", {}, key("e"));
await take("search", {}, async (page) => {
  await key("/")(page);
  await page.getByRole("searchbox").fill("star");
});
await take("close", {}, async (page) => {
  await row("214")(page);
  await page.keyboard.press("x");
});
await take("player", { at: replay });
await take("player-night", { at: replay, palette: "night", size: [1920, 1080] });
await take("debrief", { at: replay }, async (page) => page.getByRole("button", { name: "Debrief" }).click());
await take("exercise", { at: exercise });
await take("login", { at: shut });
await take("french", { language: "fr" }, row("214"));
await take("french-help", { language: "fr" }, key("?"));
await take("dutch", { language: "nl", palette: "dusk" }, row("AIS"));
await take("spanish-health", { language: "es" }, key("f"));
await take("stale", {}, async (page) => {
  live.away(true);
  await page.waitForTimeout(11_500);
});
await browser.close();
for (const mock of [live, replay, shut, exercise]) mock.end();
