import { expect, test } from "vitest";
import type { Limit } from "./bench";
import { shownIn, slider, tidy, triedValues } from "./slide";

const limit = (value: number, unit: string, more: Partial<Limit> = {}): Limit => ({
  name: "x",
  value,
  unit,
  bound: "at_least",
  optional: false,
  lowest: null,
  highest: null,
  ...more,
});

test("seconds are shown as people say them", () => {
  expect(shownIn(limit(1800, "s"))).toEqual({ unit: "min", factor: 60 });
  expect(shownIn(limit(7200, "s"))).toEqual({ unit: "h", factor: 3600 });
  expect(shownIn(limit(45, "s"))).toEqual({ unit: "s", factor: 1 });
  expect(shownIn(limit(30, "deg"))).toEqual({ unit: "°", factor: 1 });
});

test("a slider is about the value in force, and within the bounds", () => {
  expect(slider(limit(20, "kn"))).toEqual({ min: 0, max: 60, step: 1 });
  expect(slider(limit(0.8, "", { lowest: 0, highest: 1 }))).toEqual({ min: 0, max: 1, step: 0.02 });
  expect(slider(limit(3, ""))).toEqual({ min: 0, max: 9, step: 1 });
  expect(slider(limit(1800, "s"))).toMatchObject({ min: 0, max: 90 });
  const { min, max, step } = slider(limit(0, "nm"));
  expect(max).toBeGreaterThan(min);
  expect(step).toBeGreaterThan(0);
  expect(tidy(0.1 + 0.2)).toBe(0.3);
});

test("values that are tried lie over the slider's range, in the unit of the limit", () => {
  const values = triedValues(limit(1800, "s", { lowest: 600 })) as number[];
  expect([values.length, values[0], values.at(-1)]).toEqual([8, 600, 5400]);
  expect(triedValues(limit(2, "", { lowest: 1, highest: 4 }))).toEqual([1, 2, 3, 4]);
  const words = { value: "any", words: ["any", "seaward"] } as Partial<Limit>;
  expect(triedValues({ ...limit(0, ""), ...words, optional: true })).toEqual(["any", "seaward", "none"]);
});
