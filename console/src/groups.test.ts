import { expect, test } from "vitest";
import type { AlertRow } from "./api";
import { grouped, passes } from "./groups";

function row(id: string, over: object = {}, more: object = {}): AlertRow {
  const properties = { rule: "r", incident: null, phase: "raised", severity: "moderate", subjects: [{ track: `mmsi:${id}` }], ...over };
  return {
    number: 1,
    raised: 0,
    acknowledged: null,
    assigned: null,
    muted: null,
    closed: null,
    comments: [],
    escalated: false,
    held: false,
    alert: { type: "Feature", id, properties } as unknown as AlertRow["alert"],
    ...more,
  };
}

test("an incident is one row, whichever of its alerts comes first", () => {
  const rows = [row("b", { incident: "a" }), row("x"), row("a"), row("c", { incident: "a" })];
  expect(grouped(rows).map((group) => group.rows.map((r) => r.alert.id))).toEqual([["b", "a", "c"], ["x"]]);
  const first = [row("a"), row("x"), row("b", { incident: "a" })];
  expect(grouped(first).map((group) => group.rows.map((r) => r.alert.id))).toEqual([["a", "b"], ["x"]]);
});

test("alerts of one vessel and rule are one row, another rule is another row", () => {
  const same = { subjects: [{ track: "mmsi:1" }] };
  expect(grouped([row("a", same), row("b", same), row("c", { ...same, rule: "s" })]).map((g) => g.rows.length)).toEqual([2, 1]);
});

test("an ended alert that nobody acknowledged still counts", () => {
  const done = { by: "x", time: 0 };
  expect(passes(row("a", { phase: "ended" }), "open")).toBe(true);
  expect(passes(row("a", { phase: "ended" }, { acknowledged: done }), "open")).toBe(false);
  expect(passes(row("a", {}, { acknowledged: done }), "open")).toBe(true);
  expect(passes(row("a", {}, { closed: { ...done, outcome: "lawful", text: null } }), "open")).toBe(false);
});
