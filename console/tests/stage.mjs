// What the tests in a browser need: a broker, a watch with its console, feeds, and a browser: Chromium, or with BROWSER=firefox Firefox.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import mqtt from "mqtt";
import { chromium, firefox } from "playwright-core";

export const ROOT = new URL("../..", import.meta.url).pathname;
export const VIGIE = resolve(process.env.VIGIE ?? join(ROOT, "target/debug/vigie"));
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
export const IS_FIREFOX = process.env.BROWSER === "firefox";
/** Options of a test that the driver of one browser cannot run: it is skipped there, with the reason. */
export const onlyInChromium = (reason) => ({ skip: IS_FIREFOX && reason });
/** Time limit of tests: Firefox over WebDriver BiDi takes two to three times as long. */
export const within = (ms) => ({ timeout: IS_FIREFOX ? 3 * ms : ms });
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, condition, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(50);
  }
}

export function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Everything that a test starts; `end` stops it all. */
export class Stage {
  folder = mkdtempSync(join(tmpdir(), "vigie-console-"));
  #ends = [];

  async end() {
    for (const end of this.#ends.reverse()) await end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  file(name, text) {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  run(command, args, input) {
    const child = spawn(command, args, { stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"], cwd: this.folder });
    child.said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.said += data));
    if (input !== undefined) child.stdin.end(input);
    child.over = new Promise((done) => child.on("exit", (code) => done(code)));
    this.#ends.push(async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await child.over;
    });
    return child;
  }

  /** A Mosquitto of its own, and a client that publishes to it. */
  async broker() {
    const port = await freePort();
    const config = `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\n`;
    const mosquitto = this.run("/usr/sbin/mosquitto", ["-c", this.file("mosquitto.conf", config)]);
    await until("mosquitto runs", () => /running/.test(mosquitto.said));
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
    this.#ends.push(() => client.endAsync(true));
    return { port, publish: (topic, payload) => client.publishAsync(topic, payload, { qos: 1 }), mosquitto };
  }

  /** `vigie` with a console; its address once it listens. */
  async vigie(...args) {
    const child = this.run(VIGIE, args);
    const url = await until(
      "the console listens",
      () => {
        if (child.exitCode !== null) throw new Error(`vigie ended:\n${child.said}`);
        return /(https?:\/\/127\.0\.0\.1:\d+\/)/.exec(child.said.replaceAll(/mqtt:\S+/g, ""))?.[1];
      },
      60_000,
    );
    return { url, child };
  }

  async browser() {
    const browser = IS_FIREFOX ? await launchFirefox() : await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    this.#ends.push(() => browser.close());
    return browser;
  }
}

/** Firefox as it is installed, over WebDriver BiDi. */
async function launchFirefox() {
  const browser = await firefox.launch({
    channel: "moz-firefox",
    executablePath: FIREFOX,
    // Sound without a touch of the page, as with Chromium's flag.
    firefoxUserPrefs: { "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0 },
  });
  // The driver sends each new context a command that this Firefox does not know yet, and gives up. No test needs the command.
  const session = browser._connection.toImpl(browser)._browserSession;
  const send = session.send.bind(session);
  session.send = async (method, params) => (method === "emulation.setMediaFeaturesOverride" ? {} : send(method, params));
  return browser;
}

/** Types a number and Enter, as fingers do: what Firefox's driver fills in is no change that a page is told of. */
export async function type(input, text) {
  await input.press("ControlOrMeta+a");
  await input.pressSequentially(text);
  await input.press("Enter");
}

/** A page that lets no fault of the script pass. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    ignoreHTTPSErrors: true,
    ...options,
  });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("console", (message) => {
    // Chromium tells of every answer that is no 2xx; a refused log-in is what some tests want.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) page.faults.push(message.text());
  });
  await page.goto(url);
  return page;
}

/** The configuration of an exercise as that of a real watch on a broker. The times of the reports are those of the exercise, months ago. */
export function configuration(stage, exercise, broker, http) {
  const folder = join(ROOT, "replay-data", exercise);
  const shipped = readFileSync(join(folder, "vigie.toml"), "utf8").replaceAll("[[feed]]", '[[feed]]\nown_times = "always"');
  const text = shipped.replaceAll(/"((?:\.\.\/|zones|lists|rules)[^"]*)"/g, (_, path) => JSON.stringify(join(folder, path)));
  const more = `\n[broker]\nurl = "mqtt://127.0.0.1:${broker.port}"\n[state]\nfolder = ${JSON.stringify(join(stage.folder, "state"))}\n[http]\n${http}\n`;
  return stage.file("vigie.toml", text + more);
}
