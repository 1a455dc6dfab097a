// Answers of a server about rules, for the page alone: rules in force, a trial, versions.

const limit = (name, value, unit, bound, more = {}) => ({
  name,
  value,
  unit,
  bound,
  optional: false,
  lowest: null,
  highest: null,
  ...more,
});
const near = (limit, ...counts) => ({ limit, bounds: [0.1, 0.25, 0.5, 1], counts });

export const RULES = {
  version: "3f9c01a7b2de",
  in_force_since: Date.UTC(2026, 3, 18, 1, 40),
  can_change: true,
  upload_room: 1_000_000,
  rules: [
    {
      name: "go-fast-approaches",
      pattern: "go-fast",
      file: "rules/go-fast.toml",
      enabled: true,
      severity: "severe",
      inside: ["approaches"],
      outside: [],
      limits: [
        limit("min_speed", 25, "kn", "at_least", { lowest: 0, highest: 3000 }),
        limit("min_duration", 180, "s", "at_least"),
        limit("min_inbound", 2, "nm", "at_least", { optional: true }),
        limit("origin", "any", "", "setting", { words: ["any", "seaward"] }),
      ],
      raised: 17,
      closed: { "false-alarm": 9, confirmed: 3 },
      cannot_judge: { clutter: 41, "few-reports": 12 },
      near_misses: [near("min_speed", 4, 11, 19, 7, 0), near("min_duration", 1, 2, 2, 0, 0)],
    },
    ...["loitering-territorial-sea", "rendezvous-at-sea", "ais-gap", "dark-target-approaches", "zone-restricted", "airspace-entry"].map(
      (name, i) => ({
        name,
        pattern: ["loitering", "rendezvous", "ais-gap", "dark-target", "zone", "airspace-entry"][i],
        file: `rules/${name}.toml`,
        enabled: i !== 5,
        severity: "moderate",
        inside: [],
        outside: [],
        limits: [limit("min_duration", 1800, "s", "at_least")],
        raised: [4, 2, 31, 6, 0, 0][i],
        closed: i === 2 ? { "false-alarm": 12 } : {},
        cannot_judge: i === 2 ? { "ais-coverage": 1204 } : {},
        near_misses: [],
      }),
    ),
  ],
};

export const LOG = [
  {
    version: "3f9c01a7b2de",
    was: "a01b22c7ff10",
    at: Date.UTC(2026, 3, 18, 1, 40),
    who: "PO Best",
    why: "Nine of seventeen were fishing boats coming home",
    diff: ["--- rules/go-fast.toml", "+++ rules/go-fast.toml", " [rule.limits]", '-min_speed = "22 kn"', '+min_speed = "25 kn"'],
    files: ["rules/go-fast.toml"],
    main: "vigie.toml",
  },
  {
    version: "a01b22c7ff10",
    was: "",
    at: Date.UTC(2026, 3, 2, 8, 0),
    who: "",
    why: "the first start of the watch",
    diff: [],
    files: [],
    main: "vigie.toml",
  },
];

const alert = (n, rule, position, summary) => ({
  id: `t${n}`,
  rule,
  pattern: rule,
  severity: "severe",
  subjects: [],
  raised: new Date(Date.UTC(2026, 3, 18, 2, 10 * n)).toISOString(),
  last: new Date(Date.UTC(2026, 3, 18, 2, 10 * n + 5)).toISOString(),
  position,
  summary,
});

export const COMPARISON = {
  span: ["2026-04-18T00:00:00Z", "2026-04-18T08:00:00Z"],
  hours: 8,
  reports: 1_204_331,
  before: { alerts: 21, alerts_per_hour: 2.6, interrupting_per_hour: 1 },
  after: { alerts: 16, alerts_per_hour: 2, interrupting_per_hour: 0.8 },
  same: 14,
  appear: [alert(3, "loitering-territorial-sea", [-61.1, 13.75], "VIEUX FORT STAR has stayed within 0.4 nm for 42 min.")],
  vanish: [
    alert(
      1,
      "go-fast-approaches",
      [-61.2, 14.05],
      "Unidentified craft AB017 has run at up to 27 kn for 3 min on a course toward the coast.",
    ),
    alert(
      5,
      "go-fast-approaches",
      [-60.9, 14.1],
      "Unidentified craft AB021 has run at up to 26 kn for 4 min on a course toward the coast.",
    ),
  ],
  change: [
    {
      before: alert(8, "go-fast-approaches", [-61.0, 13.6], ""),
      after: alert(9, "go-fast-approaches", [-61.0, 13.6], "Unidentified craft AB030 has run at up to 41 kn for 9 min."),
      differences: [{ what: "raised", before: "02:51:10Z", after: "02:54:40Z" }],
    },
  ],
  rules: { "go-fast-approaches": { rule: "changed", before: 7, after: 5, appear: 0, vanish: 2, change: 1 } },
  by_hour: [4, 1, 3, 2, 5, 3, 2, 1].map((n, i) => ({ from: `2026-04-18T0${i}:00:00Z`, before: n, after: Math.max(0, n - (i % 2)) })),
  stopped: null,
  notices: [],
};

/** Alerts of a rule that become fewer with the limit. */
const SWEPT = (values, own) => ({
  hours: 8,
  stopped: null,
  values: [...new Set([own, ...values])].map((value) => {
    const alerts = Math.max(0, Math.round(40 - value / 2));
    return { value, in_force: value === own, alerts, alerts_per_hour: alerts / 8 };
  }),
});
const BEFORE = {
  version: "a01b22c7ff10",
  at: Date.UTC(2026, 3, 2, 8, 0),
  who: "",
  why: "the first start of the watch",
  diff: ["go-fast-approaches: min_speed 25 kn -> 22 kn"],
};
const RECORDED = { name: "vigie-20260418T000000Z.mcap", bytes: 48_300_120, written: Date.UTC(2026, 3, 18, 8), uploaded: false };

/** The server's part: what was asked, and answers to it. A trial runs for some polls. */
export class Rules {
  asked = [];
  uploaded = [];
  polls = 0;
  isCancelled = false;
  comparison = COMPARISON;
  refusal = null;

  answer(method, path, body) {
    if (path === "rules") return [200, RULES];
    if (path === "rules/log") return [200, LOG];
    if (path === "rules/recordings") return [200, [RECORDED, ...this.uploaded]];
    if (path.startsWith("rules/recordings/")) {
      const name = decodeURIComponent(path.slice("rules/recordings/".length));
      this.uploaded = this.uploaded.filter((other) => other.name !== name);
      if (method === "DELETE") return [204, null];
      this.uploaded.push({ name, bytes: 5, written: Date.UTC(2026, 3, 18, 9), uploaded: true });
      return [201, this.uploaded.at(-1)];
    }
    if (path === "rules/back" && method === "GET") return [200, BEFORE];
    if (path === "rules/labels") {
      this.asked.push(body);
      return [204, null];
    }
    if (path === "rules/trials" && method === "POST") {
      this.asked.push(body);
      [this.polls, this.isCancelled] = [0, false];
      return this.refusal ?? [202, { trial: "trial-1" }];
    }
    if (path === "rules/trials/trial-1" && method === "DELETE") {
      this.isCancelled = true;
      return [204, null];
    }
    if (path === "rules/trials/trial-1") return [200, this.#state()];
    if (path === "rules/force" || path === "rules/back") {
      this.asked.push(body);
      return [200, { version: "77aa", was: "3f9c01a7b2de", diff: [] }];
    }
    return null;
  }

  #state() {
    this.polls++;
    const isOver = this.polls > 3;
    const swept = this.asked.at(-1)?.sweep;
    const stopped = this.comparison.stopped !== null;
    return {
      trial: "trial-1",
      by: "PO Best",
      asked: Date.UTC(2026, 3, 18, 9),
      stage: this.isCancelled ? "cancelled" : isOver ? "done" : "running",
      progress: Math.min(1, this.polls / 4),
      at: Date.UTC(2026, 3, 18, 2 * this.polls),
      error: null,
      needs_second_yes: stopped,
      differences: isOver ? { appear: 1, vanish: 2, change: 1 } : null,
      swept: isOver && swept ? { ...swept, ...SWEPT(swept.values, 25) } : null,
      comparison: isOver && !swept && !this.isCancelled ? this.comparison : null,
    };
  }
}
