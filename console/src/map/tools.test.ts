import { beforeEach, expect, test } from "vitest";
import type { TrackRow } from "../api";
import { language } from "../i18n";
import { Picture } from "../picture";
import * as store from "../store";
import { COLOURS } from "./palette";
import type { Pen } from "./pen";
import { draw, measured, picked, placed, take } from "./tools";

const picture = new Picture();
const rows: TrackRow[] = [
  [1, -59.5, 13, 10, 0, null, null, 0, 32],
  [2, -59.5, 13.5, 10, 180, null, null, 0, 32],
  [3, -59.4, 13, null, null, null, null, 0, 16],
];
picture.apply({ seq: 1, now: 0, full: true, tracks: rows, about: [], gone: [] });
const target = (id: number) => picture.targets.get(id)!;
const nothing = () => undefined;
const pen = { k: COLOURS.day, use: nothing, line: nothing, corners: nothing, word: nothing, at: () => [0, 0] } as unknown as Pen;
const said = (pointer: [number, number] | null = null): string => {
  draw(pen, picture, 0, pointer);
  return measured.value;
};

beforeEach(() => {
  store.tool.value = "none";
  store.selection.value = null;
});

test("a click selects a target, or clears the selection", () => {
  take([-59.5, 13], target(1));
  expect(store.selection.value).toEqual({ kind: "track", id: 1 });
  take([-50, 10], null);
  expect(store.selection.value).toBeNull();
});

test("range and bearing go from the first place to the pointer, then to the second", () => {
  store.tool.value = "range-bearing";
  take([-59.5, 13], null);
  expect(said([-59.5, 13.25])).toBe("14.93 nm 000°");
  take([-59.5, 13.5], target(2));
  expect(said([-59.5, 13.25])).toBe("29.87 nm 000°");
  language.value = "fr";
  expect(said([-59.5, 13.25])).toBe("29,87 nm 000°");
  language.value = "en";
  store.tool.value = "none";
  expect([picked.value, measured.value]).toEqual([[], ""]);
});

test("the closest approach of two targets is shown, or that it is unknown without a speed", () => {
  store.tool.value = "cpa";
  take([0, 0], null);
  expect(picked.value).toEqual([]);
  take([-59.5, 13], target(1));
  expect(said()).toMatch(/#1/);
  take([-59.5, 13.5], target(2));
  expect(said()).toBe("#1 – #2: CPA 0.00 nm in 1 h 30 min");
  take([-59.5, 13], target(1));
  take([-59.4, 13], target(3));
  expect(said()).toMatch(/#1 – #3: .*not known/);
});

test("the tool for a contact reports the clicked position", () => {
  store.tool.value = "place-contact";
  take([-59.5, 13], target(1));
  expect([placed.value, store.selection.value]).toEqual([[-59.5, 13], null]);
});

test("a newly chosen tool starts without input", () => {
  store.tool.value = "range-bearing";
  take([-59.5, 13], null);
  expect(picked.value.length).toBe(1);
  store.tool.value = "cpa";
  expect(picked.value).toEqual([]);
  store.tool.value = "place-contact";
  take([-59.5, 13], null);
  store.tool.value = "range-bearing";
  expect(placed.value).toBe(null);
});
