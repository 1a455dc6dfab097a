// The page alone, over the fixture: what a real watch shows only by chance. What the stream says besides is put into it here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { alerts } from "../bench/cases.mjs";
import { SESSION, serve } from "../bench/fixture.mjs";
import { night } from "../bench/traffic.mjs";
import { open, pause, Stage, until } from "./stage.mjs";

const stage = new Stage();
let browser;
before(async () => (browser = await stage.browser()));
after(() => stage.end());

const PLAYER = {
  feeds: [{ name: "south-point", topics: ["feeds/lca/south-point/ais"], format: "nmea" }],
  recording: "night.mcap",
  from: 0,
  until: 3_600_000,
  now: 1_800_000,
  playing: true,
  speed: 10,
  loop: false,
  looked: 1,
  failed: [],
  nodes: [],
  marks: [
    { time: 600_000, id: "a", severity: "minor", pattern: "zone", number: 9 },
    { time: 900_000, id: "b", severity: "extreme", pattern: "distress", number: 17 },
  ],
};

/** An alert like the traffic's first, about another craft. */
function another(traffic, number, properties) {
  const like = alerts(traffic)[0];
  const subjects = [{ ...like.alert.properties.subjects[0], track: `radar:moule-a-chique:${number}@2026` }];
  return {
    ...like,
    number,
    raised: traffic.now,
    incident: properties.incident ?? `alert-${number}`,
    alert: { ...like.alert, id: `alert-${number}`, properties: { ...like.alert.properties, subjects, ...properties } },
  };
}
const storm = (traffic) =>
  Array.from({ length: 14 }, (_, i) =>
    another(traffic, 230 + i, { pattern: "ais-gap", severity: "moderate", incident: "night", summary: "silent" }),
  );

function carryOut(row, action, time) {
  const done = { by: action.by, time };
  if (action.action === "acknowledge") row.acknowledged ??= done;
  if (action.action === "assign") row.assigned = { ...done, to: action.to };
  if (action.action === "close") row.closed = { ...done, outcome: action.outcome, text: action.text ?? null };
}

/** What the page is told, and what it does: a fixture, with officers' actions answered here. */
class Watch {
  refusal = null;
  isAway = false;
  played = [];
  asked = [];

  constructor(session, delay) {
    this.session = { ...SESSION, ...session };
    this.delay = delay;
    this.traffic = night();
    this.rows = new Map([...alerts(this.traffic), ...storm(this.traffic)].map((row) => [row.alert.id, row]));
  }

  async begin(kept, options) {
    this.fixture = await serve(this.traffic, { rows: [...this.rows.values()] });
    // The stream's own object, so that more can be said on it; and what this browser has kept.
    const first = (all) => {
      window.EventSource = class extends EventSource {
        constructor(url) {
          super(url);
          window.stream = this;
        }
      };
      for (const [name, value] of Object.entries(all)) localStorage.setItem(`vigie.${name}`, JSON.stringify(value));
    };
    const newContext = async (with_) => {
      const context = await browser.newContext(with_);
      await context.addInitScript(first, kept);
      await context.route("**/api/v1/**", (route) => this.#answer(route));
      return context;
    };
    this.page = await open({ newContext }, this.fixture.url, options);
  }

  async end() {
    await this.page.context().close();
    this.fixture.end();
  }

  /** Says something on the stream. */
  tell(event, data) {
    return this.page.evaluate(
      ([name, text]) => window.stream.dispatchEvent(new MessageEvent(name, { data: text })),
      [event, JSON.stringify(data)],
    );
  }

  alert(number, properties) {
    const row = another(this.traffic, number, properties);
    this.rows.set(row.alert.id, row);
    return this.tell("alert", row);
  }

  /** The connection is lost, or comes again with the whole queue. */
  async away(is) {
    this.isAway = is;
    await this.page.evaluate((type) => window.stream[`on${type}`](), is ? "error" : "open");
    if (!is) await this.tell("alerts", [...this.rows.values()]);
  }

  silence(subject, name) {
    return this.tell("silences", [{ subject, name, since: this.traffic.now, until: this.traffic.now + 3_600_000, by: "Lt Joseph" }]);
  }

  #answer(route) {
    const path = new URL(route.request().url()).pathname.replace("/api/v1/", "");
    const answer = (status, body) => route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
    if (this.isAway) return route.abort();
    if (path === "session") return answer(200, this.session);
    if (path === "player") {
      this.played.push(route.request().postDataJSON());
      return answer(200, {});
    }
    if (path !== "actions") return route.continue();
    if (this.refusal) return answer(...this.refusal);
    const action = route.request().postDataJSON();
    this.asked.push(action);
    const others = this.#othersOf(action);
    if (others) return answer(409, { error: `alert ${others.number} is ${others.assigned.to}'s: ask for it to be handed over` });
    setTimeout(() => this.#do(action), this.delay);
    return answer(202, { id: "1" });
  }

  /** As the watch does it: all of what is asked is taken, or nothing. */
  #othersOf({ action, alerts = [], by }) {
    if (!["assign", "close", "reopen"].includes(action) || this.session.role === "supervisor") return undefined;
    return alerts.map((id) => this.rows.get(id)).find(({ assigned, closed }) => assigned && assigned.to !== by && !closed);
  }

  /** Another officer claims an alert. */
  claim(number, to) {
    const row = { ...this.rows.get(`alert-${number}`), assigned: { by: to, to, time: this.traffic.now } };
    this.rows.set(row.alert.id, row);
    return this.tell("alert", row);
  }

  async #do(action) {
    for (const id of action.alerts ?? []) {
      const row = { ...this.rows.get(id) };
      carryOut(row, action, this.traffic.now);
      this.rows.set(id, row);
      await this.tell("alert", row).catch(() => undefined);
    }
  }
}

const KEPT = { officer: "Lt Clarke" };
/** A page over a watch of its own; both end with the test. */
async function at(t, session = {}, { delay = 100, kept = KEPT, ...options } = {}) {
  const watch = new Watch(session, delay);
  await watch.begin(kept, options);
  t.after(() => watch.end());
  const { page } = watch;
  await page.locator(".queue .row").first().waitFor();
  // The fixture's own word of the session has come before its alerts.
  await watch.tell("session", watch.session);
  return { watch, page };
}
const row = (page, text) => page.locator(".queue .row", { hasText: text });
/** Lets the page sound, and have the keys. */
const touch = (page) => page.locator(".queue h2").click();
const select = (page, number) => row(page, String(number)).locator(".row-main").click();
const count = (page, text) => row(page, text).count();

/** Counts the tones that the page makes. */
async function hearing(page) {
  await page.evaluate(() => {
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      window.tones++;
      return start.apply(this, when);
    };
  });
  await touch(page);
  await until("sound is allowed", async () => (await page.locator(".warning").count()) === 0);
  return () => page.evaluate(() => window.tones);
}

describe("actions", { timeout: 120_000 }, () => {
  test("an action shows as pending until the stream confirms it, also with Caps Lock", async (t) => {
    const { page } = await at(t, {}, { delay: 1_500 });
    await select(page, 218);
    await page.keyboard.press("A");
    await until("being done", async () => /acknowledge …/.test(await row(page, 218).innerText()), 1_000);
    assert.doesNotMatch(await row(page, 218).innerText(), /seen by/);
    await until("done", async () => /seen by Lt Clarke/.test(await row(page, 218).innerText()), 4_000);
    assert.doesNotMatch(await row(page, 218).innerText(), /acknowledge …/);
    assert.equal(await page.locator(".details .actions", { hasText: "acknowledge" }).count(), 0, "once is enough");
    assert.deepEqual(page.faults, []);
  });

  test("an action that never shows is reported", async (t) => {
    const { page } = await at(t, {}, { delay: 60_000 });
    await select(page, 218);
    await page.keyboard.press("m");
    await until(
      "not confirmed",
      async () => /Not confirmed after 10 s: sound off for it/.test(await page.locator(".notice.bad").innerText({ timeout: 15_000 })),
      15_000,
    );
  });

  test("a refusal gives the reason, an unreachable server what to do", async (t) => {
    const { watch, page } = await at(t);
    watch.refusal = [409, { error: "Lt Joseph has claimed alert 218: ask him, or a supervisor" }];
    await select(page, 218);
    await page.keyboard.press("c");
    await until("refused", async () => /Lt Joseph has claimed alert 218/.test(await page.locator(".notice.bad").innerText()));
    await watch.away(true);
    await page.keyboard.press("a");
    await until("away", async () => /The server does not answer: nothing was done/.test(await page.locator(".notice.bad").innerText()));
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("olivine st");
    await until("found all the same", async () => /OLIVINE STAR/.test(await page.locator(".hits").innerText()));
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await until("shown", async () => /OLIVINE STAR/.test(await page.locator(".details h2").innerText()));
  });

  test("an alert's text is copied without the clipboard API", async (t) => {
    const { page } = await at(t);
    await page.evaluate(() => {
      Object.defineProperty(navigator, "clipboard", { value: undefined });
      document.addEventListener("copy", () => (window.copied = document.activeElement.value));
    });
    await select(page, 214);
    await page.keyboard.press("y");
    await until("copied", async () => /report is copied/.test(await page.locator(".notice").innerText()));
    const text = await page.evaluate(() => window.copied);
    assert.match(text, /^RESTRICTED\nALERT 214 SEVERE dark-target raised/);
    assert.match(text, /POSITION NOW AA0\d\d: \d\d°\d\d\.\d\d'N 0\d\d°\d\d\.\d\d'W at \d\d:\d\d:\d\dZ \(\d+ s old\)/);
    assert.match(text, /POSITION OF THE ALERT at \d\d:\d\d:\d\dZ: \d\d°/);
  });

  test("a viewer can copy and search, and no key acts", async (t) => {
    const { watch, page } = await at(t, { role: "viewer" });
    await select(page, 218);
    const words = await page.locator(".details .actions").innerText();
    assert.match(words, /copy[\s\S]*show/);
    assert.doesNotMatch(words, /acknowledge|close|claim/);
    await page.keyboard.press("a");
    await pause(600);
    assert.equal(watch.rows.get("alert-218").acknowledged, null);
    assert.equal(await page.locator(".ack").count(), 0);
  });
});

/** Keys one right after another, as a browser that was busy hands them on: no task and no painting between them. */
const keys = (page, ...names) =>
  page.evaluate(async (all) => {
    for (const key of all) {
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      await undefined;
    }
  }, names);

describe("fast input", { timeout: 120_000 }, () => {
  test("no key is lost before a dialog opens or after it closes", async (t) => {
    const { watch, page } = await at(t);
    await select(page, 218);
    await keys(page, "n", "Escape", "a");
    await until("acknowledged", () => watch.rows.get("alert-218").acknowledged);
    assert.equal(await page.locator("dialog").count(), 0);
    await page.keyboard.press("n");
    await keys(page, "Escape", "c");
    await until("claimed", () => watch.rows.get("alert-218").assigned);
    assert.equal(await page.locator("dialog").count(), 0);
    assert.deepEqual(page.faults, []);
  });

  test("Enter twice, or a key held down, acts once", async (t) => {
    const { watch, page } = await at(t);
    await select(page, 218);
    await page.keyboard.press("n");
    await page.locator("dialog textarea").fill("Patrol boat asked");
    await page.evaluate(() => {
      const form = document.querySelector("dialog form");
      form.requestSubmit();
      form.requestSubmit();
    });
    await until("said", async () => (await page.locator("dialog").count()) === 0);
    for (let i = 0; i < 5; i++) await page.keyboard.down("m");
    await page.keyboard.up("m");
    await pause(300);
    assert.deepEqual(
      watch.asked.map(({ action }) => action),
      ["comment", "mute"],
    );
    await page.keyboard.press("l");
    await page.getByLabel("A line for the log").fill("All quiet");
    await page.evaluate(() => {
      const form = document.querySelector("form.line");
      form.requestSubmit();
      form.requestSubmit();
    });
    await pause(300);
    assert.equal(watch.asked.filter(({ action }) => action === "log").length, 1);
    assert.deepEqual(page.faults, []);
  });

  test("an officer without a name is asked for it before the question", async (t) => {
    const { page } = await at(t, {}, { kept: {} });
    await select(page, 218);
    await page.keyboard.press("x");
    await until("asked", async () => /say who you are/.test(await page.locator(".notice").innerText()));
    assert.equal(await page.locator("dialog").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.className), "officer");
  });

  test("a closed panel returns the focus; a tool starts without input", async (t) => {
    const { page } = await at(t);
    const help = page.getByRole("button", { name: "help" });
    await help.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "dialog");
    await page.keyboard.press("Escape");
    await until("back", () => help.evaluate((button) => button === document.activeElement));
    await page.keyboard.press("r");
    await page.locator(".map").click({ position: { x: 300, y: 300 } });
    await page.keyboard.press("t");
    assert.match(await page.locator(".map-tool").innerText(), /Click two targets/);
    await page.keyboard.press("Escape");
    await keys(page, "e", "Escape");
    await until("the tool is put away first", async () => (await page.locator(".map-tool").count()) === 0);
    assert.equal(await page.locator(".drawer").count(), 1);
  });
});

const HEALTH = {
  node: "fixture",
  broker: { state: "connected", since: "2026-04-18T00:00:00Z", reason: null, connections: 1 },
  alerts: { written: 12, waiting: 0, latency_ms: { p50: 3, p99: 9 }, disk_error: null },
  journal: { input_error: null },
  engine: { tracks: 600, counts: { "cannot-judge/ais-gap/no-witnesses": 4 } },
  actions: { taken: 5, refused: 1, over_limit: 0 },
  feeds: [
    ["south-point", "heard"],
    ["kingstown", "silent"],
  ].map(([name, state]) => ({
    name,
    state,
    last_arrival: "2026-04-18T00:00:00Z",
    reports_per_min: 168,
    lag_s: 42,
    clock_offset_s: -7,
    errors: { "bad-checksum": 3 },
  })),
};

describe("accessibility", { timeout: 240_000 }, () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const faultsOf = async (page) => {
    await page.evaluate(axe);
    return page.evaluate(() =>
      window.axe
        .run()
        .then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(" ")} ${any[0]?.message ?? ""}`)),
        ),
    );
  };
  for (const palette of ["day", "dusk", "night"]) {
    test(`every panel has names and contrast: ${palette}`, async (t) => {
      const { watch, page } = await at(t, { mode: "exercise", exercise: "Dawn" }, { kept: { ...KEPT, palette } });
      await watch.tell("health", HEALTH);
      await watch.tell("player", PLAYER);
      await watch.tell("real", alerts(watch.traffic)[3].alert);
      await select(page, "14 alerts");
      await page.keyboard.press("u");
      assert.deepEqual(await faultsOf(page), [], "details");
      for (const key of ["x", "s", "/", "w", "e", "l", "f", "?", "0", "b"]) {
        await page.keyboard.press(key);
        assert.deepEqual(await faultsOf(page), [], key);
        for (let i = 0; i < 2 && (await page.locator("dialog, .drawer").count()) > 0; i++) await page.keyboard.press("Escape");
      }
      for (const name of ["Director", "Debrief"]) {
        await page.getByRole("button", { name }).click();
        assert.deepEqual(await faultsOf(page), [], name);
      }
      assert.deepEqual(page.faults, []);
    });
  }
});

describe("many alerts at once", { timeout: 120_000 }, () => {
  test("a group is one row; one alert is acknowledged alone, the rest at once", async (t) => {
    const { watch, page } = await at(t);
    const seen = () => [...watch.rows.values()].filter((r) => r.alert.properties.incident && r.acknowledged).map((r) => r.number);
    assert.equal(await count(page, "14 alerts"), 1);
    await select(page, "14 alerts");
    await page.keyboard.press("u");
    assert.equal(await page.locator(".members li").count(), 14);
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await until("one", () => seen().length === 1);
    await page.keyboard.press("u");
    await until("folded", async () => (await page.locator(".members").count()) === 0);
    await page.keyboard.press("x");
    assert.match(await page.locator("dialog h2").innerText(), /14 alerts/, "how many it is for");
    await page.keyboard.press("Escape");
    await until("not closed", async () => (await page.locator("dialog").count()) === 0);
    await page.keyboard.press("a");
    await until("all", () => seen().length === 14);
    await until("shown", async () => /seen by/.test(await row(page, "14 alerts").innerText()));
    assert.deepEqual(page.faults, []);
  });

  test("alerts that another officer works on stay open; the rest is closed at once", async (t) => {
    const { watch, page } = await at(t, { role: "officer" });
    const closed = () => [...watch.rows.values()].filter((r) => r.closed).map((r) => r.number);
    await watch.claim(233, "Lt Joseph");
    await select(page, "14 alerts");
    await page.keyboard.press("x");
    assert.match(await page.locator("dialog h2").innerText(), /13 alerts/);
    await page.locator("dialog select").selectOption("lawful");
    await page.keyboard.press("Enter");
    await until("closed", () => closed().length === 13);
    assert.ok(!closed().includes(233));
    assert.match(await page.locator(".notice").innerText(), /Left to Lt Joseph.*: 233/);
    await select(page, 233);
    await page.keyboard.press("h");
    await page.getByLabel("To whom").fill("Lt Clarke");
    await page.keyboard.press("Enter");
    await until("refused, and told where one looks", async () =>
      /alert 233 is Lt Joseph's/.test(await page.locator("dialog .error").innerText()),
    );
    assert.equal(watch.rows.get("alert-233").assigned.to, "Lt Joseph");
    await page.keyboard.press("Escape");
    await until("let go", async () => (await page.locator("dialog").count()) === 0);
    assert.deepEqual(page.faults, []);
  });

  test("a supervisor hands over a whole group, whoever works on it", async (t) => {
    const { watch, page } = await at(t);
    await watch.claim(233, "Lt Joseph");
    await select(page, "14 alerts");
    await page.keyboard.press("h");
    assert.match(await page.locator("dialog h2").innerText(), /14 alerts/);
    await page.getByLabel("To whom").fill("Cdr Pierre");
    await page.keyboard.press("Enter");
    await until("his", () => [...watch.rows.values()].filter((r) => r.assigned?.to === "Cdr Pierre").length === 14);
    await until("shown", async () => /with Cdr Pierre/.test(await row(page, "14 alerts").innerText()));
    assert.deepEqual(page.faults, []);
  });

  test("an alert that arrives or is claimed while the question is open stays open", async (t) => {
    const { watch, page } = await at(t, { role: "officer" });
    await select(page, "14 alerts");
    await page.keyboard.press("x");
    await watch.alert(260, { pattern: "ais-gap", severity: "moderate", incident: "night", summary: "silent" });
    await until("15 now", async () => (await count(page, "15 alerts")) === 1);
    await page.locator("dialog select").press("Enter");
    assert.equal(await page.locator("dialog").count(), 1, "no outcome is chosen beforehand");
    await page.locator("dialog select").selectOption("lawful");
    await page.locator("dialog select").press("Enter");
    await until("closed", () => watch.rows.get("alert-243").closed);
    assert.equal(watch.rows.get("alert-260").closed, null);
    await until("gone", async () => (await page.locator("dialog").count()) === 0);
    await select(page, 260);
    await page.keyboard.press("x");
    await watch.claim(260, "Lt Joseph");
    await page.locator("dialog select").selectOption("lawful");
    await page.locator("dialog select").press("Enter");
    await until("refused", async () => /alert 260 is Lt Joseph's/.test(await page.locator("dialog .error").innerText()));
    assert.equal(watch.rows.get("alert-260").closed, null);
  });

  test("alerts that a filter hides are counted", async (t) => {
    const { page } = await at(t);
    await page.getByLabel("Severity at least").selectOption("extreme");
    assert.equal(await page.locator(".queue .row").count(), 1);
    assert.match(await page.locator(".unshown").innerText(), /18 not acknowledged/);
    await page.locator(".unshown").click();
    await until("all are shown", async () => (await count(page, "14 alerts")) === 1);
    assert.equal(await page.locator(".unshown").count(), 0);
  });

  test("a group sounds once, a worse alert again; muted, only a real distress sounds", async (t) => {
    const { watch, page } = await at(t);
    const tones = await hearing(page);
    for (let i = 0; i < 10; i++) await watch.alert(300 + i, { pattern: "zone", severity: "moderate", summary: "in" });
    await until("told", async () => (await count(page, "309")) > 0);
    assert.equal(await tones(), 1, "one tone of a moderate");
    await watch.alert(320, { pattern: "go-fast", severity: "severe", summary: "runs" });
    await until("a severe: two more", async () => (await tones()) === 3, 2_000);
    await page.keyboard.press("q");
    assert.match(await page.locator(".topbar").innerText(), /muted 15 min|muted 14 min/);
    await pause(1_600);
    await watch.alert(321, { pattern: "go-fast", severity: "severe", summary: "runs" });
    await watch.alert(322, { pattern: "distress", severity: "extreme", exercise: "dawn", summary: "drill" });
    await until("told", async () => (await count(page, "322")) > 0);
    assert.equal(await tones(), 3);
    await watch.alert(323, { pattern: "distress", severity: "extreme", summary: "help" });
    await until("four tones", async () => (await tones()) === 7, 2_000);
    assert.match(await page.locator('[aria-live="assertive"]').innerText(), /323: help/);
  });
});

describe("what an officer reads", { timeout: 240_000 }, () => {
  test("the panel tells where the craft is now before where the alert was", async (t) => {
    const { watch, page } = await at(t);
    await select(page, 214);
    const now = page.locator(".details .now");
    await until("now", async () => /Now · AA0\d\d/.test(await now.innerText()));
    const position = await now.locator("strong").nth(1).innerText();
    const above = await now.boundingBox();
    const event = page.locator(".details .facts", { hasText: "Position in the alert" });
    assert.match(await event.innerText(), /\d\d:\d\d:\d\dZ \(\d+ s old\)[\s\S]*bearing 120°, 12[.]3 miles from Vieux Fort/);
    assert.ok(above.y < (await event.boundingBox()).y);
    await until("it moves", async () => (await now.locator("strong").nth(1).innerText()) !== position, 10_000);
    assert.ok(watch.rows.size > 0);
    assert.deepEqual(page.faults, []);
  });

  for (const [width, height] of [
    [1024, 768],
    [1280, 800],
    [1920, 1080],
  ]) {
    test(`a row is whole at ${width}: behaviour, place, reason, age, and no MMSI`, async (t) => {
      const { page } = await at(t, {}, { viewport: { width, height } });
      const first = row(page, "215");
      const text = await first.innerText();
      assert.match(text, /shadowing · bearing 120°, 12[.]3 miles from Vieux Fort/);
      assert.match(
        text,
        /OLIVINE STAR and unidentified craft AA0?57 have kept company for 15 min, the small one within 0[.]4 nm astern[.]/,
      );
      assert.doesNotMatch(text, /MMSI|target 57/);
      const cut = await first.evaluate(
        (li) => [...li.querySelectorAll("span")].filter((s) => s.scrollHeight > s.clientHeight + 1 && s.clientHeight > 0).length,
      );
      assert.equal(cut, 0);
      await select(page, 215);
      await page.locator(".details").waitFor();
      const [map, details] = [await page.locator(".map-frame").boundingBox(), await page.locator(".details").boundingBox()];
      const covered = Math.max(0, Math.min(map.x + map.width, details.x + details.width) - Math.max(map.x, details.x));
      // On the smallest screen, too, the map keeps half of the width.
      if (width !== 1280) assert.ok(map.width - covered >= width / 2, `${map.width - covered} px of map`);
      assert.deepEqual(page.faults, []);
    });
  }

  test("the list tells that it goes on, and shows all of it", async (t) => {
    const { watch, page } = await at(t);
    for (let i = 0; i < 230; i++) {
      const one = another(watch.traffic, 1_000 + i, { pattern: "zone", rule: "box", severity: "minor", summary: "in" });
      watch.rows.set(one.alert.id, one);
    }
    await watch.tell("alerts", [...watch.rows.values()]);
    await until("more", async () => (await page.locator(".rest").count()) === 1);
    assert.match(await page.locator(".rest").innerText(), /\d+ rows more, the longest waiting among them/);
    await page.locator(".rest button").click();
    await until("all", async () => (await page.locator(".rest").count()) === 0);
    assert.ok((await page.locator(".queue > ol > .row").count()) > 230);
  });

  test("several alerts are acknowledged with a reason, and closed by rule", async (t) => {
    const { watch, page } = await at(t);
    for (let i = 0; i < 5; i++) await watch.alert(500 + i, { pattern: "zone", rule: "box", severity: "severe", summary: "in" });
    await until("there", async () => (await count(page, "504")) === 1);
    await touch(page);
    await page.keyboard.press("3");
    await page.getByLabel("Select alert 500").check();
    await page.getByLabel("Select alert 501").check();
    await page.keyboard.press("a");
    await page.getByLabel("Reason").fill("regatta");
    await page.keyboard.press("Enter");
    await until("acknowledged", () => ["alert-500", "alert-501"].every((id) => watch.rows.get(id).acknowledged));
    assert.equal(watch.rows.get("alert-502").acknowledged, null);
    assert.deepEqual(
      watch.asked.map(({ action }) => action),
      ["comment", "acknowledge"],
    );
    await page.getByLabel("Select alert 502").check();
    await page.getByRole("button", { name: "all of rule box" }).click();
    await page.keyboard.press("x");
    await page.locator("dialog select").selectOption("lawful");
    await page.getByLabel("Note").fill("all of the regatta");
    await page.keyboard.press("Enter");
    await until("closed", () => [500, 501, 502, 503, 504].every((n) => watch.rows.get(`alert-${n}`).closed));
    assert.equal(watch.rows.get("alert-214").closed, null);
    assert.deepEqual(page.faults, []);
  });

  test("silences are counted, listed, marked on row and track, and can be ended", async (t) => {
    const { watch, page } = await at(t);
    const { track, name } = watch.rows.get("alert-216").alert.properties.subjects[0];
    await watch.silence(track, name);
    await until("counted", async () => /silenced 1/.test(await page.locator(".topbar").innerText()));
    assert.match(await row(page, 216).innerText(), /SILENCED until \d\d:/);
    await touch(page);
    await page.keyboard.press("0");
    assert.match(await page.locator(".drawer").innerText(), new RegExp(`${name} until .* by Lt Joseph`));
    await page.getByRole("button", { name: `End it: ${name}` }).click();
    await until("asked", () => watch.asked.some((a) => a.action === "silence" && a.subject === track && a.minutes === 0));
    await watch.tell("silences", []);
    await until("none", async () => /No vessel is silenced/.test(await page.locator(".drawer").innerText()));
    assert.doesNotMatch(await row(page, 216).innerText(), /SILENCED/);
    assert.deepEqual(page.faults, []);
  });

  test("who loses a claim is told at once who has it", async (t) => {
    const { watch, page } = await at(t, {}, { delay: 60_000 });
    await select(page, 218);
    await page.keyboard.press("c");
    await until("asked", () => watch.asked.length === 1);
    await watch.claim(218, "PO Best");
    await until("told", async () => /PO Best claimed first: 218/.test(await page.locator(".notice").innerText()), 1_500);
  });

  test("an exercise shows its own time with the date, and this machine's beside it", async (t) => {
    const { watch, page } = await at(t, { mode: "exercise", exercise: "Dawn" }, { viewport: { width: 1440, height: 900 } });
    const clock = page.locator(".clock");
    const day = new Date(watch.traffic.now).toISOString().slice(0, 10);
    await until("its own", async () => (await clock.innerText()).startsWith(day));
    assert.match(await clock.innerText(), /clock \d\d:\d\dZ/);
    await watch.tell("alerts", [...watch.rows.values()]);
    assert.doesNotMatch(await page.locator(".queue").innerText(), /\d+ d\b/, "ages are of the exercise's time");
  });

  test("the address keeps view, layers, filter and selection over a reload", async (t) => {
    const { page } = await at(t);
    await select(page, 215);
    await page.getByLabel("Behaviour").selectOption("shadowing");
    await page.keyboard.press("v");
    await until("written", async () => /alert=alert-215/.test(page.url()) && /layers=coverage/.test(page.url()) && /map=/.test(page.url()));
    const before = page.url();
    await page.reload();
    await until("selected again", async () => /215/.test(await page.locator(".details h2").innerText()));
    assert.equal(await page.locator(".queue > ol > .row").count(), 1);
    assert.equal(new URL(page.url()).hash.includes("layers=coverage"), true);
    assert.match(before, /pattern=shadowing/);
    assert.deepEqual(page.faults, []);
  });

  test("zones that are reloaded under way are fetched at once", async (t) => {
    const { watch, page } = await at(t);
    await page.locator(".targets-canvas").waitFor();
    const asked = page.waitForRequest(/map\/zones/);
    await watch.tell("map", '"another"');
    await asked;
  });

  test("nothing of the page stays English in another language", async (t) => {
    const { page } = await at(t, {}, { locale: "fr" });
    await select(page, 217);
    const text = await page.locator(".details").evaluate((details) => {
      const copy = details.cloneNode(true);
      for (const english of copy.querySelectorAll('[lang="en"]')) english.remove();
      return copy.innerText;
    });
    assert.doesNotMatch(text, /restricted|territorial sea|derived|fishing|\d[.]\d+ (nm|kn)/);
    assert.match(text, /diffusion restreinte/);
  });
});

describe("a connection", { timeout: 120_000 }, () => {
  test("a lost connection is shown within ten seconds; alerts of that time sound", async (t) => {
    const { watch, page } = await at(t);
    const tones = await hearing(page);
    watch.fixture.silence();
    await watch.away(true);
    await until("reconnecting", async () => /reconnecting/.test(await page.locator(".topbar").innerText()), 3_000);
    const meanwhile = another(watch.traffic, 400, { pattern: "go-fast", severity: "severe", summary: "came meanwhile" });
    watch.rows.set(meanwhile.alert.id, meanwhile);
    await until(
      "stale",
      async () =>
        /NOTHING HEARD: the connection to the server is lost[\s\S]*\d\d s/.test(
          await page.locator(".banner.stale").innerText({ timeout: 12_000 }),
        ),
      12_000,
    );
    await page.evaluate(() => {
      window.spoken = 0;
      new MutationObserver(() => window.spoken++).observe(document.querySelector('.banner [role="alert"]'), {
        childList: true,
        characterData: true,
        subtree: true,
      });
    });
    const seconds = await page.locator(".banner.stale").innerText();
    await until("seconds go on", async () => (await page.locator(".banner.stale").innerText()) !== seconds);
    assert.equal(await page.evaluate(() => window.spoken), 0, "the words are spoken once, not each second");
    assert.equal(await tones(), 0);
    await watch.away(false);
    await until("heard", async () => (await tones()) === 2, 2_000);
    assert.match(await page.locator('[aria-live="polite"]').innerText(), /400: came meanwhile/);
    assert.deepEqual(page.faults, []);
  });

  test("an ended session asks for a log-in", async (t) => {
    const { watch, page } = await at(t, { login_required: true, user: { name: "clarke", role: "officer" }, role: "officer" });
    watch.refusal = [401, { error: "log in again" }];
    await select(page, 218);
    await page.keyboard.press("a");
    await page.locator(".login").waitFor();
    assert.deepEqual(page.faults, []);
  });
});

describe("a recording", { timeout: 60_000 }, () => {
  test("arrows seek, the timeline shows alerts by shape, and a viewer cannot seek", async (t) => {
    const { watch, page } = await at(t, { mode: "replay", exercise: "replay" });
    await watch.tell("player", PLAYER);
    assert.match(await page.locator(".exercise-mark").innerText(), /REPLAY/);
    await touch(page);
    await page.keyboard.press(" ");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await until("two minutes back, before the first was told", () => watch.played.length === 3);
    const seeks = [60_000, 120_000].map((ms) => ({ command: "seek", to: PLAYER.now - ms }));
    assert.deepEqual(watch.played, [{ command: "pause" }, ...seeks]);
    const marks = page.locator(".timeline .marks text");
    assert.equal(await marks.count(), 2);
    assert.match(await marks.nth(1).innerHTML(), /▲<title>17 extreme DISTRESS/);
    await watch.tell("session", { ...watch.session, role: "officer" });
    await until("no way", async () => await page.locator(".player .play").isDisabled());
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press(" ");
    await pause(300);
    assert.equal(watch.played.length, 3);
    assert.deepEqual(page.faults, []);
  });
});

test("the top bar is one line, in every language and with every warning, also on a small screen", { timeout: 120_000 }, async (t) => {
  for (const locale of ["en", "fr", "nl", "es"]) {
    for (const [width, height] of [
      [1280, 800],
      [1024, 768],
    ]) {
      const { watch, page } = await at(t, { mode: "exercise", exercise: "Dawn" }, { locale, viewport: { width, height } });
      await watch.tell("health", HEALTH);
      const tall = async () => (await page.locator(".topbar").boundingBox()).height;
      assert.ok((await tall()) < 40, `${locale} ${width}: ${await tall()}`);
      await watch.away(true);
      await page.locator('.topbar .light[role="status"]').waitFor();
      assert.ok((await tall()) < 40, `${locale} ${width}, reconnecting: ${await tall()}`);
      await page.context().close();
    }
  }
});
