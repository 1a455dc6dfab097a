import { expect, test } from "vitest";
import type { Action, AlertRow } from "./api";
import { SHOWS_WITHIN_MS, shows, sorted } from "./pending";

const row = (over: object = {}): AlertRow =>
  ({ acknowledged: null, assigned: null, muted: null, closed: null, comments: [], held: false, ...over }) as unknown as AlertRow;
const done = { by: "x", time: 0 };

test("an action is done once its alert's row shows it", () => {
  const cases: [Action, object][] = [
    [{ action: "acknowledge", alerts: ["a"] }, { acknowledged: done }],
    [{ action: "assign", alerts: ["a"], to: "x" }, { assigned: { ...done, to: "x" } }],
    [{ action: "comment", alerts: ["a"], text: " seen " }, { comments: [{ ...done, text: "seen" }] }],
    [{ action: "mute", alerts: ["a"] }, { muted: done }],
    [{ action: "close", alerts: ["a"], outcome: "lawful" }, { closed: { ...done, outcome: "lawful", text: null } }],
    [{ action: "hold", alerts: ["a"] }, { held: true }],
  ];
  for (const [action, after] of cases) expect([shows(action, row()), shows(action, row(after))], action.action).toEqual([false, true]);
  expect(shows({ action: "assign", alerts: ["a"], to: "x" }, row({ assigned: { ...done, to: "y" } }))).toBe(false);
  expect(shows({ action: "reopen", alerts: ["a"] }, row())).toBe(true);
});

test("an action that does not show in time is late, for each alert separately", () => {
  const action: Action = { action: "acknowledge", alerts: ["a", "b", "c"] };
  const all = ["a", "b", "c"].map((alert, i) => ({ action, alert, since: i * SHOWS_WITHIN_MS, claim: null }));
  const rows = new Map([
    ["a", row()],
    ["b", row({ acknowledged: done })],
    ["c", row()],
  ]);
  const { left, late } = sorted(all, rows, SHOWS_WITHIN_MS + 1);
  expect([left.map((p) => p.alert), late.map((p) => p.alert)]).toEqual([["c"], ["a"]]);
});

test("a claim that another officer made first is lost, and not late", () => {
  const action: Action = { action: "assign", alerts: ["a", "b"], to: "x" };
  const was = { by: "z", to: "z", time: 1 };
  const all = [
    { action, alert: "a", since: 0, claim: null },
    { action, alert: "b", since: 0, claim: was },
  ];
  const rows = new Map([
    ["a", row({ assigned: { by: "y", to: "y", time: 2 } })],
    ["b", row({ assigned: was })],
  ]);
  const { left, late, lost } = sorted(all, rows, 1);
  expect([left, late, lost].map((some) => some.map((one) => one.alert))).toEqual([["b"], [], ["a"]]);
});
