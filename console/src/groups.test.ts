import { expect, test } from "vitest";
import { alertRow } from "./fixture";
import { grouped, incidentsOfRegion, passes } from "./groups";

const row = (id: string, over: object = {}, more: object = {}) => alertRow(id, { rule: "r", ...over }, more);

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

test("the regional queue filters by State or body, community and lead", () => {
  const centre = (name: string, state: string | null, communities: string[]) => ({
    name,
    label: name,
    state,
    body: state ? null : "JRCC",
    contacts: null,
    communities,
  });
  const centres = [centre("bb-ops", "BRB", ["rss"]), centre("lc-ops", "LCA", ["rss"]), centre("jrcc", null, [])];
  const own = row("a", {}, { lead: { centre: "bb-ops", since: null, by: null } });
  const shared = row("lc-ops:b", {}, { from: "lc-ops", lead: { centre: "jrcc", since: 1, by: "x" } });
  const of = (rows: ReturnType<typeof row>[], over: object): string[] => {
    const shown = incidentsOfRegion(rows, "jrcc", centres, { owner: "", community: "", lead: "", ...over });
    return rows.filter((r) => shown.has(r.incident)).map((r) => r.alert.id);
  };
  const shown = (over: object): string[] => of([own, shared], over);
  expect(shown({})).toEqual(["a", "lc-ops:b"]);
  expect([shown({ owner: "JRCC" }), shown({ owner: "LCA" })]).toEqual([["a"], ["lc-ops:b"]]);
  expect([shown({ community: "rss" }), shown({ lead: "jrcc" })]).toEqual([["lc-ops:b"], ["lc-ops:b"]]);
  const joint = row("c", { incident: "lc-ops:b" }, { from: "bb-ops" });
  expect(of([own, shared, joint], { owner: "LCA" })).toEqual(["lc-ops:b", "c"]);
});
