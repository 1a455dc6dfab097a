// The page alone, over the fixture: what a real watch shows only by chance. What the stream says besides is put into it here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { alerts } from "../bench/cases.mjs";
import { serve } from "../bench/fixture.mjs";
import { night } from "../bench/traffic.mjs";
import { open, pause, Stage, until } from "./stage.mjs";

const stage = new Stage();
let browser;
before(async () => (browser = await stage.browser()));
after(() => stage.end());

const SESSION = {
  node: "fixture",
  state: "LCA",
  version: "0",
  mode: "live",
  exercise: null,
  login_required: false,
  user: null,
  role: "supervisor",
  token: "t",
};
const PLAYER = {
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
      async () => /Not confirmed after 10 s: mute it/.test(await page.locator(".notice.bad").innerText({ timeout: 15_000 })),
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
    assert.match(text, /POSITION \d\d°\d\d\.\d\d'N 0\d\d°\d\d\.\d\d'W/);
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
      for (const key of ["x", "s", "/", "w", "e", "l", "f", "?", "b"]) {
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
    await until("closed", () => watch.rows.get("alert-243").closed);
    assert.equal(watch.rows.get("alert-260").closed, null);
    await until("gone", async () => (await page.locator("dialog").count()) === 0);
    await select(page, 260);
    await page.keyboard.press("x");
    await watch.claim(260, "Lt Joseph");
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
