// Pictures of the map over the fixture, to be looked at: `node bench/pictures.mjs FOLDER`, after `npm run build`.

import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "./fixture.mjs";
import { night } from "./traffic.mjs";

const folder = process.argv[2] ?? ".";
const only = process.argv.slice(3);
const fixture = await serve(night());
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
page.on("pageerror", (error) => console.error("fault:", error.message));
page.on("console", (message) => message.type() === "error" && console.error(message.text()));
await page.goto(fixture.url);
await page.waitForTimeout(4_000);

const take = async (name, what) => {
  if (only.length && !only.includes(name)) return;
  await what();
  await page.waitForTimeout(1_800);
  await page.screenshot({ path: join(folder, `${name}.png`) });
};
const wheel = async (times, by, x = 500, y = 450) => {
  await page.mouse.move(x, y);
  for (let i = 0; i < times; i++) await page.mouse.wheel(0, by);
  await page.waitForTimeout(600);
};
const palette = (name) =>
  page
    .evaluate(() => document.documentElement.dataset.palette)
    .then(async (now) => {
      if (now === name) return;
      await page.keyboard.press("d");
      await palette(name);
    });
const alert = async (number) => {
  await page.keyboard.press("Escape");
  await page
    .locator(".row", { hasText: String(number) })
    .first()
    .click();
};

await take("day", () => palette("day"));
await take("dusk", () => palette("dusk"));
await take("night", () => palette("night"));
await take("out", () => wheel(3, 120));
await page.reload();
await page.waitForTimeout(3_000);
await take("in", () => wheel(10, -120, 170, 390));
await take("track", async () => {
  await page.reload();
  await page.waitForTimeout(3_000);
  await page.mouse.click(395 * 1.036, 490 * 1.036);
  await page.mouse.move(700, 440);
});
await take("shadowing", () => alert(215));
await take("loitering", () => alert(216));
await take("runner", () => alert(214));
await take("runner-day", () => palette("day"));
await take("coverage", async () => {
  await page.keyboard.press("Escape");
  await page.keyboard.press("v");
  await page.keyboard.press("g");
  await wheel(4, 120);
});
await take("cpa", async () => {
  await page.keyboard.press("v");
  await page.reload();
  await page.waitForTimeout(3_000);
  await page.keyboard.press("t");
  await page.mouse.click(400, 508);
  await page.mouse.click(645, 484);
  await page.mouse.move(700, 300);
});
await take("range", async () => {
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await page.mouse.click(400, 508);
  await page.mouse.move(600, 350);
});
await take("keyboard", async () => {
  await page.keyboard.press("Escape");
  await page.locator(".map").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
});
await take("stale", async () => {
  fixture.silence();
  await page.waitForTimeout(11_000);
});
await browser.close();
fixture.end();
