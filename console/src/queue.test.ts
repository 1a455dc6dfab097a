import { beforeEach, expect, test } from "vitest";
import type { AlertRow } from "./api";
import { alertRow } from "./fixture";
import * as queue from "./queue";
import * as store from "./store";

const row = (id: string, over: object = {}, more: object = {}) => alertRow(id, { rule: id, pattern: "zone", ...over }, more);
const selected = (): string | undefined => store.selectedRow.value?.alert.id;
function select(id: string): void {
  store.selection.value = { kind: "alert", id };
}
const targets = (): string[] => queue.targets.value.map((r) => r.alert.id);

beforeEach(() => {
  const rows = [
    row("x", { severity: "extreme" }),
    ...["a", "b", "c"].map((id) => row(id, { incident: "storm" })),
    row("z", { severity: "minor" }),
  ];
  store.alerts.value = new Map(rows.map((r) => [r.alert.id, r]));
  [queue.filter.value, queue.pattern.value, queue.least.value, queue.unfolded.value] = ["open", "", "minor", new Set()];
  store.selection.value = null;
});

test("a folded group is one step, and an action applies to all of it", () => {
  const way = [1, 1, 1, 1, -1].map((by) => {
    queue.step(by);
    return selected();
  });
  expect(way).toEqual(["x", "a", "z", "z", "a"]);
  expect(targets()).toEqual(["a", "b", "c"]);
});

test("an unfolded group is stepped through, and an action applies to one alert", () => {
  select("a");
  queue.unfold(queue.groupOf("a")!);
  expect(targets()).toEqual(["a"]);
  queue.step(1);
  expect([selected(), targets()]).toEqual(["b", ["b"]]);
  queue.unfold(queue.groupOf("b")!);
  queue.step(1);
  expect(selected()).toBe("z");
});

test("filtered alerts are no step and no target of an action, and are counted while unacknowledged", () => {
  queue.least.value = "severe";
  expect(queue.hidden.value).toBe(4);
  select("b");
  expect(targets()).toEqual(["b"]);
  queue.step(1);
  expect(selected()).toBe("x");
  queue.least.value = "minor";
  queue.pattern.value = "loitering";
  expect([queue.groups.value.length, queue.hidden.value]).toEqual([0, 5]);
});

test("quiet alerts stand apart, and are no part of the count or of the way until they are unfolded", () => {
  const rows = [row("loud"), row("calm", { attention: "quiet", severity: "extreme" }), row("other", { attention: "quiet" })];
  store.alerts.value = new Map(rows.map((r) => [r.alert.id, r]));
  const ids = (groups: readonly { rows: readonly AlertRow[] }[]) => groups.map((group) => group.rows[0]!.alert.id);
  expect(ids(queue.groups.value)).toEqual(["loud"]);
  expect(ids(queue.quietGroups.value)).toEqual(["calm", "other"]);
  expect([queue.unseen.value.length, queue.unseenQuiet.value.length, queue.hidden.value]).toEqual([1, 2, 0]);
  queue.quietOpen.value = false;
  queue.step(1);
  queue.step(1);
  expect(selected()).toBe("loud");
  queue.quietOpen.value = true;
  queue.step(1);
  expect(selected()).toBe("calm");
  queue.quietOpen.value = false;
});

test("the quiet list unfolds by itself where nothing interrupts, and then stays as it is", () => {
  const tell = (...rows: AlertRow[]) => (store.alerts.value = new Map(rows.map((r) => [r.alert.id, r])));
  const [loud, calm] = [row("loud"), row("calm", { attention: "quiet" })];
  queue.quietOpen.value = null;
  tell(loud, calm);
  expect(queue.quietOpen.value).toBe(null);
  tell(calm);
  expect(queue.quietOpen.value).toBe(true);
  tell(loud, calm);
  expect(queue.quietOpen.value).toBe(true);
  queue.quietOpen.value = false;
  tell(calm);
  expect(queue.quietOpen.value).toBe(false);
});

test("among quiet alerts of a severity, what is rare stands first", () => {
  const usual = (days: number) => ({ per_day: 0, days, of_days: 10, own_days: null, words: "" });
  const rows = [
    row("habit", { attention: "quiet", usual: usual(8) }, { raised: 3 }),
    row("unknown", { attention: "quiet", usual: null }, { raised: 2 }),
    row("rare", { attention: "quiet", usual: usual(1) }, { raised: 1 }),
    row("worse", { attention: "quiet", usual: usual(8), severity: "severe" }, { raised: 0 }),
  ];
  store.alerts.value = new Map(rows.map((r) => [r.alert.id, r]));
  expect(queue.quietGroups.value.map((group) => group.rows[0]!.alert.id)).toEqual(["worse", "rare", "habit", "unknown"]);
});

test("a quiet alert is never shown for a group that has one that interrupts", () => {
  const rows = [row("calm", { attention: "quiet", incident: "storm" }), row("loud", { incident: "storm", severity: "minor" })];
  store.alerts.value = new Map(rows.map((r) => [r.alert.id, r]));
  expect(queue.quietGroups.value).toEqual([]);
  expect(queue.leadOf(queue.groups.value[0]!).alert.id).toBe("loud");
});

test("several alerts are selected one by one, or by rule or area, and an action applies to those that are shown", () => {
  const at = (id: string, lon: number) => {
    const one = row(id, { rule: "same" });
    return { ...one, alert: { ...one.alert, geometry: { type: "Point", coordinates: [lon, 13] } } } as AlertRow;
  };
  const rows = [at("p", -59.5), at("q", -59.45), at("r", -58)];
  store.alerts.value = new Map(rows.map((r) => [r.alert.id, r]));
  queue.togglePicking();
  queue.pick(queue.near(rows[0]!));
  expect(targets()).toEqual(["p", "q"]);
  queue.pick([rows[0]!], false);
  expect(targets()).toEqual(["q"]);
  queue.pick(queue.shownRows.value);
  expect(targets().length).toBe(3);
  queue.least.value = "extreme";
  expect(queue.pickedRows.value).toEqual([]);
  queue.togglePicking();
  expect(queue.picked.value.size).toBe(0);
});
