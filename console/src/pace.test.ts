import { expect, test } from "vitest";
import { Pace, rounded } from "./pace";

/** What is measured at the end of frames, one a second of this machine's clock; `late` are the delays of the first ones, ms. */
function measured(speeds: readonly number[], late: readonly number[] = []): (number | null)[] {
  const pace = new Pace();
  let time = 1_000_000;
  return speeds.map((speed, second) => {
    time += speed * 1000;
    // Frames come a little late or early.
    return pace.take(second * 1000 + (late[second] ?? (second % 2) * 60), time);
  });
}

test("a speed is measured over seconds, not over one frame", () => {
  expect(measured([60, 60, 60, 60, 60]).at(-1)).toBeNull();
  expect(measured(Array(20).fill(60)).slice(8)).toEqual(Array(12).fill(60));
  expect(measured(Array(12).fill(1)).at(-1)).toBe(1);
});

test("frames that a busy new page takes late do not count", () => {
  expect(measured(Array(10).fill(60), [1900, 1000]).slice(-1)).toEqual([60]);
});

test("a stopped exercise and a changed speed are told", () => {
  expect(measured([...Array(8).fill(60), ...Array(14).fill(0)]).at(-1)).toBe(0);
  expect(measured([...Array(8).fill(60), ...Array(14).fill(300)]).at(-1)).toBe(300);
});

test("what was wound is measured anew", () => {
  const pace = new Pace();
  for (let second = 0; second < 8; second++) pace.take(second * 1000, second * 60_000);
  expect(pace.take(8000, 480_000)).toBe(60);
  expect(pace.take(9000, 0)).toBeNull();
});

test("a speed is rounded to what can be measured", () => {
  expect([0.4, 9.7, 58.9, 121, 1996].map(rounded)).toEqual([0, 10, 60, 120, 2000]);
});
