import { expect, test } from "vitest";
import type { AlertRow } from "../api";
import { alertRow } from "../fixture";
import { middleOf, onsetOf, zoneOf } from "./evidence";

const at = (minutes: number): string => new Date(Date.parse("2026-01-01T00:00:00Z") + minutes * 60_000).toISOString();
function row(over: object = {}): AlertRow {
  const trail = [
    [at(0), -60, 13, 1],
    [at(2), -59.98, 13, 1],
    [at(4), -59.96, 13.02, 1],
  ];
  const zones = [{ id: "box" }, { id: "sea" }];
  const one = alertRow("a", { pattern: "loitering", rule: "r", onset: at(1), evidence: { trail }, zones, ...over });
  return { ...one, alert: { ...one.alert, geometry: { type: "Point", coordinates: [-59.96, 13.02] } } } as AlertRow;
}

test("the onset stands at its own time on the trail, which begins before it", () => {
  const [lon, lat] = onsetOf(row())!;
  expect([lon.toFixed(3), lat]).toEqual(["-59.990", 13]);
  expect(onsetOf(row({ onset: at(9) }))).toBeNull();
});

test("a circle is drawn where the rule measured from", () => {
  const [lon, lat] = middleOf(row());
  expect([lon.toFixed(2), lat.toFixed(2)]).toEqual(["-59.97", "13.01"]);
  expect(middleOf(row({ pattern: "go-fast" }))).toEqual([-59.96, 13.02]);
});

test("only the zone that an alert is about is coloured", () => {
  expect([zoneOf(row()), zoneOf(row({ pattern: "zone" }))]).toEqual([null, "box"]);
});
