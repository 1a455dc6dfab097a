import { expect, test } from "vitest";
import type { Compared, RuleExplanation } from "./api";
import { isElsewhere, shortOf, sorted } from "./judged";

const condition = (name: string, more: Partial<Compared> = {}): Compared => ({
  name,
  sign: "",
  unit: "",
  value: null,
  limit: null,
  met: true,
  excused: false,
  reason: null,
  words: name,
  ...more,
});
const rule = (name: string, outcome: string, conditions: Compared[]): RuleExplanation => ({
  rule: name,
  pattern: "zone",
  outcome,
  judgement: { time: "2026-01-01T00:00:00Z", other: null, outcome, first_unmet: null, conditions },
  nearest: null,
  judgements: 1,
  conditions: [],
  timeline: [],
});

test("an excused condition keeps no alert back", () => {
  const { judgement } = rule("a", "not-met", [condition("min_speed", { met: false, excused: true }), condition("who", { met: false })]);
  expect(shortOf(judgement).map(({ name }) => name)).toEqual(["who"]);
});

test("a rule about others stands apart, one that came near does not", () => {
  expect(isElsewhere(rule("a", "not-met", [condition("who"), condition("inside", { met: false })]))).toBe(true);
  expect(isElsewhere(rule("b", "not-met", [condition("inside"), condition("min_speed", { met: false })]))).toBe(false);
  expect(isElsewhere(rule("c", "raised", [condition("inside", { met: false })]))).toBe(false);
  expect(isElsewhere({ ...rule("d", "not-asked", []), judgement: null })).toBe(true);
});

test("alerts come first, then what was nearest", () => {
  const far = condition("min_speed", { met: false, value: 5, limit: 25 });
  const near = condition("min_speed", { met: false, value: 24, limit: 25 });
  const rules = [
    rule("two", "not-met", [far, near]),
    rule("far", "not-met", [far]),
    rule("near", "not-met", [near]),
    rule("raised", "raised", []),
  ];
  expect(sorted(rules).map(({ rule }) => rule)).toEqual(["raised", "near", "far", "two"]);
});
