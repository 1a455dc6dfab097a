// Frames a second of the real page in a real browser without a GPU: `node bench/fps.mjs [targets [alerts]]`, after `make console` and
// a release build. The first targets have entered a closed area: one open alert each. At rest every frame draws every target anew (a tool follows the pointer); panning drags the map. The
// broker, the watch and the browser share the machine.

import { join } from "node:path";
import { open, pause, ROOT, Stage, until } from "../tests/stage.mjs";

const COUNT = Number(process.argv[2] ?? 20_000);
const ALERTS = Number(process.argv[3] ?? 0);
const SECONDS = 5;
const ROUNDS = 3;

const stage = new Stage();
const broker = await stage.broker();
const config = stage.file(
  "vigie.toml",
  `[node]\nname = "bench"\nstate = "BRB"\n[broker]\nurl = "mqtt://127.0.0.1:${broker.port}"\n[state]\nfolder = "${stage.folder}/state"\n[http]\nlisten = "127.0.0.1:0"\n[zones]\ncoast = ["${join(ROOT, "config/geo/coast.geojson")}"]\nfiles = ["closed.geojson", "${join(ROOT, "config/zones/*.geojson")}"]\n[rules]\nfiles = ["rules.toml"]\n[picture]\nlone_alerts = 1000000\n[[feed]]\nname = "ais"\ntopic = "ais"\nformat = "aiscatcher"\nown_times = "always"\nposition = [-60.5, 13.5]\n`,
);
stage.file("rules.toml", '[[rule]]\nname = "closed"\npattern = "zone"\nseverity = "moderate"\ninside = ["restricted"]\n');
const ring = `[[-64, 11], [-58, 11], [-58, 16], [-64, 16], [-64, 11]]`;
stage.file(
  "closed.geojson",
  `{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "closed", "kind": "restricted", "state": "BRB", "name": "Closed"}, "geometry": {"type": "Polygon", "coordinates": [${ring}]}}]}`,
);
const { url } = await stage.vigie("run", "-c", config);

/** Everybody moves, each second a twentieth of them is heard. */
let turn = 0;
async function heard(all) {
  const now = Math.round(Date.now() / 1000);
  const reports = [];
  for (let i = 0; i < COUNT; i++) {
    if (!all && i % 20 !== turn % 20) continue;
    const [row, column] = [Math.floor(i / 200), i % 200];
    reports.push({
      class: "AIS",
      type: 1,
      mmsi: 200_000_000 + i,
      rxuxtime: now,
      lon: -62.4 + column * 0.019 + turn * 0.00002,
      lat: 11.9 + row * 0.03,
      speed: 5 + (i % 20),
      course: (i * 7) % 360,
      heading: (i * 7) % 360,
      status: 0,
    });
  }
  turn++;
  for (let at = 0; at < reports.length; at += 1_000) await broker.publish("ais", JSON.stringify(reports.slice(at, at + 1_000)));
}

/** The first targets come into the closed area from outside, and stay. */
const enter = async (ago, lat) => {
  const at = Math.round(Date.now() / 1000) - ago;
  const entering = Array.from({ length: ALERTS }, (_, i) => ({
    ...{ class: "AIS", type: 1, mmsi: 200_000_000 + i, rxuxtime: at, speed: 8, course: 0, heading: 0, status: 0 },
    ...{ lon: -62.4 + (i % 200) * 0.019, lat: lat ?? 11.9 + Math.floor(i / 200) * 0.03 },
  }));
  if (ALERTS > 0) await broker.publish("ais", JSON.stringify(entering));
};
await enter(7_200, 10.9);
await enter(900);
await enter(200);
await heard(true);
const moving = setInterval(() => void heard(false), 1_000);
const page = await open(await stage.browser(), url);
await until(
  "all are here",
  async () => {
    const text = await page.evaluate(() =>
      fetch("/api/v1/health")
        .then((r) => r.json())
        .then((h) => h.engine.tracks),
    );
    return text >= COUNT;
  },
  60_000,
);
const open_ = () =>
  page.evaluate(() =>
    fetch("/api/v1/alerts")
      .then((r) => r.json())
      .then((rows) => rows.length),
  );
await until("all alerts are here", async () => (await open_()) >= ALERTS, 60_000);
// All of them in view.
await page.mouse.move(450, 400);
for (let i = 0; i < 12; i++) await page.mouse.wheel(0, 120);
await pause(3_000);
await page.evaluate(() => {
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...args) {
    if (this.canvas.className === "targets-canvas") window.drawn_++;
    return put.apply(this, args);
  };
});

/** Frames in which the targets were drawn anew, in a time while something is done. */
async function frames(what) {
  await page.evaluate(() => (window.drawn_ = 0));
  const started = Date.now();
  while (Date.now() - started < SECONDS * 1_000) await what((Date.now() - started) / 1_000);
  return (await page.evaluate(() => window.drawn_)) / ((Date.now() - started) / 1_000);
}

const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)];
const [rest, panning] = [[], []];
if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, "fps.png") });
for (let round = 0; round < ROUNDS; round++) {
  await page.keyboard.press("r");
  await page.mouse.click(400, 300);
  rest.push(await frames((s) => page.mouse.move(400 + 200 * Math.sin(7 * s), 400 + 150 * Math.cos(5 * s))));
  await page.keyboard.press("Escape");
  await page.mouse.move(450, 400);
  await page.mouse.down();
  panning.push(await frames((s) => page.mouse.move(450 + 160 * Math.sin(3 * s), 400 + 120 * Math.sin(2 * s))));
  await page.mouse.up();
}
clearInterval(moving);
console.log(
  `${COUNT} targets, ${await open_()} alerts, 1280x800, no GPU: ${median(rest).toFixed(0)} frames/s at rest, every target drawn anew in each; ${median(panning).toFixed(0)} while panning (medians of ${ROUNDS} times ${SECONDS} s)`,
);
await stage.end();
process.exit(0);
