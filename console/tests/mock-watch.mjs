// What the mock's watch has to show: alerts in every state and a storm, health with a silent feed, a log, a recording.

import { alerts } from "../bench/cases.mjs";

const iso = (ms) => new Date(ms).toISOString().slice(0, 19) + "Z";
const MIN = 60_000;

/** An alert like the traffic's first, with other properties. */
export function another(traffic, { number, row = {}, ...properties }) {
  const like = alerts(traffic)[0];
  const id = `alert-${number}`;
  return {
    ...like, number, raised: traffic.now, ...row,
    alert: { ...like.alert, id, properties: { ...like.alert.properties, rule: properties.pattern ?? like.alert.properties.rule, measured: {}, limits: {}, ...properties } },
  };
}

/** Alerts in every state: open, claimed, escalated, muted, held, ended, closed; and a storm of one incident. */
export function rows(traffic) {
  const { now } = traffic;
  const base = alerts(traffic);
  const done = (by, ago) => ({ by, time: now - ago * MIN });
  base[1].assigned = { ...done("Lt Clarke", 6), to: "Lt Clarke" };
  base[1].acknowledged = done("Lt Clarke", 7);
  base[1].comments = [{ ...done("Lt Clarke", 5), text: "Pilot station asked: knows of no escort" }];
  base[2].muted = done("Lt Joseph", 20);
  base[3].escalated = true;
  base[0].alert.properties.subjects[0].formerly = [{ mmsi: 341_000_123, name: "SEA BREEZE", until: iso(now - 44 * MIN) }];
  base[0].alert.properties.not_judged = ["coverage: no AIS station hears vessels there"];
  const who = (i) => [{ ...base[2].alert.properties.subjects[0], track: `mmsi:3410000${10 + i}`, mmsi: 341_000_010 + i, name: `STAR OF THE SEA ${i + 1}`, dark: false }];
  const storm = Array.from({ length: 14 }, (_, i) =>
    another(traffic, {
      number: 230 + i, pattern: "ais-gap", severity: i === 3 ? "severe" : "moderate", incident: "gap-night", subjects: who(i),
      limits: { min_silence_s: 1800, cadence_factor: 6, min_witnesses: 2 }, measured: { min_silence_s: 2150 + 30 * i, cadence_factor: 14.2, min_witnesses: 5 },
      summary: `STAR OF THE SEA ${i + 1} (MMSI ${341_000_010 + i}) has been silent for ${35 + i} min, while 5 vessels like it were heard.`, row: { raised: now - (14 - i) * 20_000 },
    }),
  );
  const over = [
    another(traffic, { number: 209, pattern: "zone", severity: "minor", phase: "ended", end_reason: "left", ended: iso(now - 30 * MIN), subjects: who(20), summary: "KARUKERA (MMSI 341000030) left the restricted area off Vieux Fort.", row: { acknowledged: done("Lt Joseph", 60), raised: now - 95 * MIN } }),
    another(traffic, { number: 210, pattern: "go-fast", severity: "severe", summary: "Craft without AIS has run along the shore at 38 kn for 6 min, 2.1 nm off Soufriere.", row: { acknowledged: done("Lt Joseph", 70), closed: { ...done("Lt Joseph", 40), outcome: "lawful", text: "Police launch on exercise" }, held: true, raised: now - 80 * MIN } }),
    another(traffic, { number: 211, pattern: "identity", severity: "moderate", phase: "ended", end_reason: "identified", subjects: who(22), summary: "STAR OF THE SEA 23 changed its name under way.", row: { raised: now - 50 * MIN } }),
  ];
  return [...base, ...storm, ...over];
}

export function carryOut(row, action, time) {
  const done = { by: action.by ?? "clarke", time };
  if (action.action === "acknowledge") row.acknowledged ??= done;
  if (action.action === "assign") row.assigned = { ...done, to: action.to };
  if (action.action === "comment") row.comments = [...row.comments, { ...done, text: action.text }];
  if (action.action === "mute") row.muted = done;
  if (action.action === "close") row.closed = { ...done, outcome: action.outcome, text: action.text ?? null };
  if (action.action === "reopen") row.closed = null;
  if (action.action === "hold" || action.action === "release") row.held = action.action === "hold";
}

export function play(player, body) {
  if (body.command === "play" || body.command === "pause") player.playing = body.command === "play";
  if (body.command === "speed") player.speed = body.speed;
  if (body.command === "seek") player.now = body.to;
  if (body.command === "loop") player.loop = body.loop;
  if (body.command === "fail") player.failed = body.failed ? [...player.failed, body.feed] : player.failed.filter((f) => f !== body.feed);
}

export function health(traffic) {
  const feed = (name, over) => ({
    name, state: "heard", silent_since: null, last_arrival: iso(traffic.now), last_report: iso(traffic.now), lag_s: 0.4, clock_offset_s: -0.3,
    reports_per_min: 1180, messages: 349_102, reports: 348_870, retained: 0, errors: {}, ...over,
  });
  return {
    schema: "vigie.status/1", node: "lca-ops", time: iso(traffic.now), since: iso(traffic.now - 9 * 3_600_000),
    broker: { state: "connected", since: iso(traffic.now - 9 * 3_600_000), reason: null, connections: 2, failed_tries: 0 },
    feeds: [
      feed("vigie-hill-ais", { errors: { checksum: 12, "unknown-type": 3 } }), feed("moule-a-chique-radar", { reports_per_min: 644, registration: [{ station: 1, range_m: 42, bearing_deg: 0.3, comparisons: 220, applied: true }] }),
      feed("kingstown-ais", { state: "silent", silent_since: iso(traffic.now - 17 * MIN), last_arrival: iso(traffic.now - 17 * MIN), last_report: iso(traffic.now - 17 * MIN), reports_per_min: 0, lag_s: null }),
      feed("hewanorra-adsb", { reports_per_min: 92, lag_s: 31.2, clock_offset_s: 12.4 }), feed("martinique-share", { state: "waiting", last_arrival: null, last_report: null, reports_per_min: 0, lag_s: null, clock_offset_s: null, messages: 0, reports: 0 }),
    ],
    alerts: { written: 61, sent: 61, waiting: 0, unreceived: 0, disk_error: null, latency_ms: { p50: 3, p99: 11 } },
    journal: { entries: 1204, head: "x", input_error: null }, actions: { taken: 14, refused: 1 },
    input: { messages: 910_233, waits: 0, redelivered: 0, nobodys: 3 },
    engine: { now: iso(traffic.now), tracks: traffic.size, counts: { reports: 812_331, late: 22, "cannot-judge/ais-gap/coverage": 231, "cannot-judge/ais-gap/at-berth": 44, "cannot-judge/dark-inbound-fast/clutter": 102, "cannot-judge/loitering-territorial-sea/gathering": 12, "cannot-judge/low-slow/no-height": 3 } },
  };
}

export function log(traffic) {
  const line = (ago, what, text, by = null, number = null) => ({ time: traffic.now - ago * MIN, what, by, alert: number ? `alert-${number}` : null, number, text });
  return [
    line(1, "alert", "raised: AIS-SART 970123456 is active, 32 nm east of Castries.", null, 217), line(5, "action", "commented on alert 215: Pilot station asked: knows of no escort", "Lt Clarke", 215),
    line(7, "action", "acknowledged alert 215", "Lt Clarke", 215), line(17, "change", "kingstown-ais has fallen silent"), line(40, "action", "closed alert 210 as lawful: Police launch on exercise", "Lt Joseph", 210),
    line(55, "action", "Watch taken over from Lt Joseph", "Lt Clarke"), line(60 * 26, "action", "Watch begun", "Lt Joseph"),
  ];
}

export function player(traffic) {
  const from = traffic.now - 180 * MIN;
  const mark = (at, number, severity, pattern) => ({ time: from + at * MIN, id: `alert-${number}`, severity, pattern, number });
  return {
    recording: "night-off-vieux-fort.mcap", from, until: traffic.now + 60 * MIN, now: traffic.now - 20 * MIN, playing: true, speed: 10, loop: false, looked: 1, failed: [],
    marks: [
      mark(20, 209, "minor", "zone"), mark(44, 210, "severe", "go-fast"), mark(75, 211, "moderate", "identity"), mark(92, 214, "severe", "dark-target"), mark(96, 215, "moderate", "shadowing"),
      mark(120, 216, "minor", "loitering"), mark(150, 217, "extreme", "distress"), mark(151, 218, "severe", "dark-aircraft"), ...Array.from({ length: 14 }, (_, i) => mark(190 + i / 3, 230 + i, "moderate", "ais-gap")),
    ],
  };
}

export function debrief(traffic) {
  const of = (pattern, number, ago, raised_s, acknowledged_s, closed_s, subjects = ["mmsi:341000123"]) =>
    ({ pattern, subjects, begins: traffic.now - (ago + 10) * MIN, due: traffic.now - ago * MIN, ends: traffic.now - (ago - 20) * MIN, raised_s, acknowledged_s, closed_s, alert: number && `alert-${number}`, number });
  return {
    behaviours: [of("go-fast", 210, 80, 4, 610, 2_400), of("shadowing", 215, 55, 61, 122, null, ["mmsi:200000400", "radar:moule:57@1"]), of("rendezvous", null, 40, null, null, null), of("distress", 217, 3, 0, null, null)],
    false_alerts: [{ id: "alert-216", number: 216, pattern: "loitering", time: traffic.now - 60 * MIN }],
  };
}

/** Half an hour of a straight way. */
export function trail(traffic, id) {
  const t = traffic.at(id);
  return Array.from({ length: 31 }, (_, i) => [traffic.now - (30 - i) * MIN, t.lon - 0.002 * (30 - i), t.lat - 0.001 * (30 - i), t.sog]);
}

export const brief = `RELIEF BRIEF  lca-ops (LCA)
Watch 18:00Z to 06:00Z

OPEN
217 EXTREME distress: AIS-SART 970123456 is active, 32 nm east of Castries. NOT ACKNOWLEDGED
214 SEVERE dark-target: Craft without AIS has run in from seaward at 32 kn.

FEEDS
kingstown-ais has been silent for 17 min.
`;
