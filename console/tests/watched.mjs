// A page over the fixture, whose actions are answered here: what a real watch shows only by chance.

import { after, before } from "node:test";
import { alerts } from "../bench/cases.mjs";
import { CUT, SESSION, serve } from "../bench/fixture.mjs";
import { night } from "../bench/traffic.mjs";
import { IS_FIREFOX, open, Stage, until } from "./stage.mjs";

const stage = new Stage();
let browser;
before(async () => (browser = await stage.browser()));
after(() => stage.end());

export const PLAYER = {
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
export function another(traffic, number, properties) {
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
  /** What happens before an action is answered. */
  meanwhile = () => undefined;
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
    this.fixture = await serve(this.traffic, { rows: [...this.rows.values()], answer: (...request) => this.#answer(...request) });
    // The stream's own object, so that more can be said on it; and what this browser has kept.
    const first = (all) => {
      // Firefox runs this on its empty first page too, where nothing can be kept.
      if (origin === "null") return;
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

  async #answer(_, path, body) {
    if (this.isAway) return CUT;
    if (path === "session") return [200, this.session];
    if (path === "player") {
      this.played.push(body);
      return [200, {}];
    }
    if (path !== "actions") return null;
    await this.meanwhile();
    if (this.refusal) return this.refusal;
    this.asked.push(body);
    const others = this.#othersOf(body);
    if (others) return [409, { error: `alert ${others.number} is ${others.assigned.to}'s: ask for it to be handed over` }];
    setTimeout(() => this.#do(body), this.delay);
    return [202, { id: "1" }];
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

export const KEPT = { officer: "Lt Clarke" };
/** A page over a watch of its own; both end with the test. */
export async function at(t, session = {}, { delay = 100, kept = KEPT, ...options } = {}) {
  const watch = new Watch(session, delay);
  await watch.begin(kept, options);
  t.after(() => watch.end());
  const { page } = watch;
  await page.locator(".queue .row").first().waitFor();
  // The fixture's own word of the session has come before its alerts.
  await watch.tell("session", watch.session);
  return { watch, page };
}
export const row = (page, text) => page.locator(".queue .row", { hasText: text });
/** Lets the page sound, and have the keys. */
export const touch = (page) => page.locator(".queue h2").click();
export const select = (page, number) => row(page, String(number)).locator(".row-main").click();
export const count = (page, text) => row(page, text).count();

/** Counts the tones that the page makes. */
export async function hearing(page) {
  await page.evaluate((isFirefox) => {
    window.tones = 0;
    // Firefox starts no sound where there is no device for it.
    if (isFirefox) {
      Object.defineProperty(AudioContext.prototype, "state", { get: () => "running" });
      AudioContext.prototype.resume = async () => undefined;
    }
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      window.tones++;
      return start.apply(this, when);
    };
  }, IS_FIREFOX);
  await touch(page);
  await until("sound is allowed", async () => (await page.locator(".unlock").count()) === 0);
  return () => page.evaluate(() => window.tones);
}

/** Keys one right after another, as a browser that was busy hands them on: no task and no painting between them. */
export const keys = (page, ...names) =>
  page.evaluate(async (all) => {
    for (const key of all) {
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      await undefined;
    }
  }, names);

export const HEALTH = {
  node: "fixture",
  broker: { state: "connected", since: "2026-04-18T00:00:00Z", reason: null, connections: 1 },
  alerts: { written: 12, waiting: 0, latency_ms: { p50: 3, p99: 9 }, disk_error: null },
  journal: { input_error: null },
  clock: { ahead_s: null, leap_s: null },
  input: { held: 0 },
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
