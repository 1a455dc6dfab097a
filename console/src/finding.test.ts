import { expect, test } from "vitest";
import type { AlertRow } from "./api";
import { find, merged } from "./finding";
import type { Target } from "./picture";

const target = (id: number, about: object): Target =>
  ({
    id,
    about: { key: `mmsi:${id}`, mmsi: null, imo: null, icao: null, name: null, call_sign: null, number: null, label: null, ...about },
  }) as unknown as Target;
const fleet = [
  target(1, { name: "MORNING STAR", mmsi: 341000001 }),
  target(2, { name: "STAR", mmsi: 341000002, call_sign: "J6AB" }),
  target(3, { name: "STARBOARD", imo: 9074729 }),
  target(4, { icao: "0ac1f2" }),
  target(5, { key: "radar:moule:42@2026", number: "AB017", label: "unknown 7" }),
];
const rows = [{ number: 214, alert: { id: "a", properties: { summary: "run in" } } }] as unknown as AlertRow[];
const ids = (asked: string) => find(asked, fleet, rows).map((hit) => hit.id);

test("a whole name ranks before its beginning, and that before a part of it", () => {
  expect(ids("star")).toEqual([2, 3, 1]);
  expect(ids("ar")).toEqual([]);
});

test("a track is found by each of its numbers", () => {
  expect([
    ids("341000001"),
    ids("j6ab"),
    ids("9074729"),
    ids("0AC1"),
    ids("42"),
    ids("ab017"),
    ids("unknown 7"),
    ids(" 214 "),
    ids(""),
  ]).toEqual([[1], [2], [3], [4], [5], [5], [5], ["a"], []]);
});

test("results of the server come last, without duplicates", () => {
  const own = find("star", fleet, rows);
  const served = [
    { kind: "track", id: 2, key: "", label: "" },
    { kind: "track", id: 9, key: "", label: "" },
  ] as const;
  expect(merged(own, served).map((hit) => hit.id)).toEqual([2, 3, 1, 9]);
});
