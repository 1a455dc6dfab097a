import { expect, test } from "vitest";
import { type Place, read, written } from "./address";

const NEW: Place = {
  view: null,
  layers: [],
  filter: "open",
  pattern: "",
  least: "minor",
  alert: null,
  track: null,
  wall: false,
  time: null,
};

test("an address that was written is read again", () => {
  const place: Place = {
    view: { zoom: 9.5, at: [-59.6123, 13.1] },
    layers: ["labels", "coverage"],
    filter: "closed",
    pattern: "go-fast",
    least: "severe",
    alert: "brb-1 2/3&4",
    track: "radar:south-point:53@2026-04-18T02:56:48Z",
    wall: true,
    time: Date.parse("2026-04-18T03:09:30Z"),
  };
  expect(read(`#${written(place)}`)).toEqual(place);
  expect(written(NEW)).toBe("");
  expect(read("")).toEqual(NEW);
});

test("what is wrong in an address is left out", () => {
  expect(read("#map=9/1e9/0&filter=none&least=worst&time=never&more=1")).toEqual(NEW);
  expect(read("#map=here").view).toBeNull();
});
