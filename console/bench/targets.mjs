// Frames a second of the page's map in a browser without a GPU: `node bench/targets.mjs [targets …]`, after `npm run build`.
// A fifth of the targets is heard each second; the map carries all of them on in each frame. At rest a tool follows the
// pointer, so that every frame draws every target anew; panning drags the map to and fro. A frame counts when the targets'
// pixels were put. Server, browser and whatever else runs share the machine: compare within one run.

import { loadavg } from "node:os";
import { chromium } from "playwright-core";
import { serve } from "./fixture.mjs";
import { many } from "./traffic.mjs";

const COUNTS = process.argv.slice(2).map(Number);
const SECONDS = Number(process.env.SECONDS ?? 5);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const figures = (all) => `${median(all).toFixed(0)} (${all.map((f) => f.toFixed(0)).join(", ")})`;

for (const count of COUNTS.length ? COUNTS : [5_000, 20_000]) {
  const fixture = await serve(many(count));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (error) => console.error(error.message));
  await page.goto(fixture.url);
  await page.waitForTimeout(4_000);
  await page.evaluate(watchFrames);
  // Out until all of them are in view.
  await page.mouse.move(450, 400);
  for (let i = 0; i < 2; i++) await page.mouse.wheel(0, 120);
  await page.waitForTimeout(3_000);
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/targets-${count}.png` });
  const [rest, panning, work] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    await page.keyboard.press("r");
    await page.mouse.click(400, 300);
    const still = await page.evaluate(measure, { seconds: SECONDS, drags: false });
    rest.push(still.fps);
    await page.keyboard.press("Escape");
    const moved = await page.evaluate(measure, { seconds: SECONDS, drags: true });
    panning.push(moved.fps);
    work.push(moved.longest);
  }
  console.log(
    `${count} targets, 1280x800, no GPU, load ${loadavg()[0].toFixed(1)}: at rest ${figures(rest)} frames/s, panning ${figures(panning)} frames/s, longest frame while panning ${figures(work)} ms; medians (and all) of ${ROUNDS} times ${SECONDS} s`,
  );
  await browser.close();
  fixture.end();
}

/** In the page: counts puts of the targets' pixels. */
function watchFrames() {
  const put = CanvasRenderingContext2D.prototype.putImageData;
  window.drawn_ = 0;
  CanvasRenderingContext2D.prototype.putImageData = function (...args) {
    if (this.canvas.className === "targets-canvas") window.drawn_++;
    return put.apply(this, args);
  };
}

/** In the page: the pointer moves in each frame, with a button down or not. */
function measure({ seconds, drags }) {
  const element = document.querySelector(".ol-viewport");
  const box = element.getBoundingClientRect();
  const send = (type, x, y) =>
    element.dispatchEvent(
      new PointerEvent(type, {
        clientX: box.x + x,
        clientY: box.y + y,
        pointerId: 1,
        pointerType: "mouse",
        isPrimary: true,
        bubbles: true,
        cancelable: true,
        button: type === "pointermove" ? -1 : 0,
        buttons: drags && type !== "pointerup" ? 1 : 0,
      }),
    );
  return new Promise((done) => {
    const started = performance.now();
    let [last, longest] = [started, 0];
    window.drawn_ = 0;
    if (drags) send("pointerdown", 450, 400);
    const step = (now) => {
      const s = (performance.now() - started) / 1000;
      longest = Math.max(longest, now - last);
      last = now;
      const [x, y] = drags
        ? [450 + 160 * Math.sin(3 * s), 400 + 120 * Math.sin(2 * s)]
        : [450 + 200 * Math.sin(7 * s), 400 + 150 * Math.cos(5 * s)];
      if (s < seconds) {
        send("pointermove", x, y);
        requestAnimationFrame(step);
        return;
      }
      if (drags) send("pointerup", x, y);
      done({ fps: window.drawn_ / s, longest });
    };
    requestAnimationFrame(step);
  });
}
