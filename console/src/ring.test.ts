import { expect, test } from "vitest";
import { circle, crosses, idOf, parseCorners } from "./ring";

test("corners are typed one a line, in degrees and minutes or in decimals", () => {
  expect(parseCorners("13 05.1 N, 59 36.0 W\n13.2, -59.5; 13.1, -59.4\n")?.length).toBe(3);
  expect(parseCorners("13 05.1 N, 59 36.0 W\nsomewhere")).toBeNull();
});

test("a circle has its radius on every side", () => {
  const ring = circle([-59.5, 13], 2);
  expect(ring).toHaveLength(48);
  for (const [, lat] of ring) expect(Math.abs(lat - 13) * 60).toBeLessThan(2.02);
  expect(crosses(ring)).toBe(false);
});

test("a ring whose edges cross is told from one whose edges do not", () => {
  expect(
    crosses([
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 1],
    ]),
  ).toBe(true);
  expect(
    crosses([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ]),
  ).toBe(false);
});

test("an id is made of the name, and is new", () => {
  expect(idOf("Boîte d’Oistins", [])).toBe("boite-doistins");
  expect(idOf("Box", ["box", "box-2"])).toBe("box-3");
  expect(idOf("…", [])).toBe("zone");
});
