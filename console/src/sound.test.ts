import { expect, test } from "vitest";
import type { AlertRow } from "./api";
import { isHeard, loudest, maySound } from "./sound";

const row = (over: object = {}, more: object = {}): AlertRow =>
  ({
    acknowledged: null,
    closed: null,
    muted: null,
    escalated: false,
    alert: { properties: { phase: "raised", pattern: "zone", exercise: null, ...over } },
    ...more,
  }) as unknown as AlertRow;

test("a new alert sounds once, and again when it escalates", () => {
  expect(isHeard(row(), undefined, 0, 1)).toBe(true);
  expect(isHeard(row({ phase: "updated" }), row(), 0, 1)).toBe(false);
  expect(isHeard(row({}, { escalated: true }), row(), 0, 1)).toBe(true);
  expect(isHeard(row({}, { acknowledged: { by: "x", time: 0 } }), undefined, 0, 1)).toBe(false);
});

test("a quiet alert makes no sound", () => {
  expect(isHeard(row({ attention: "quiet" }), undefined, 0, 1)).toBe(false);
});

test("muting ends by itself, and a real distress sounds while muted", () => {
  expect([isHeard(row(), undefined, 10, 9), isHeard(row(), undefined, 10, 10)]).toEqual([false, true]);
  expect(isHeard(row({ pattern: "distress" }), undefined, 10, 9)).toBe(true);
  expect(isHeard(row({ pattern: "distress", exercise: "dawn" }), undefined, 10, 9)).toBe(false);
});

test("of many alerts at once the worst sounds, once", () => {
  const of = (severity: string, more: object = {}) => ({ row: row({ severity }, more), before: undefined });
  const seen = { acknowledged: { by: "x", time: 0 } };
  expect(loudest([of("minor"), of("severe"), of("extreme", seen), of("moderate")], 0, 1)).toBe("severe");
  expect(loudest([of("severe")], 10, 9)).toBe(null);
  const before = { at: 0, severity: "severe" } as const;
  expect([maySound("severe", 1_000, before), maySound("extreme", 1_000, before), maySound("minor", 1_500, before)]).toEqual([
    false,
    true,
    true,
  ]);
});
