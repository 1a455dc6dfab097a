import { expect, test } from "vitest";
import { aheadToCoastNm, bearingDeg, cpa, destination, distanceNm, intercept } from "./nautical";

test("distances are those of the ellipsoid, as in the sentences of alerts", () => {
  // Arcs of the meridian (110,634.8 m) and of the parallel (108,484.8 m) on WGS 84; on the sphere both differ by a quarter of a mile.
  expect(distanceNm([-59.5, 13], [-59.5, 14])).toBeCloseTo(59.738, 2);
  expect(distanceNm([-59.5, 13], [-58.5, 13])).toBeCloseTo(58.577, 2);
  expect(distanceNm([-59.5, 13], [-59.5, 13])).toBe(0);
  expect(bearingDeg([-59.5, 13], [-60.5, 13])).toBeCloseTo(270.1, 1);
  const there = destination([-59.5, 13], 45, 20);
  expect(distanceNm([-59.5, 13], there)).toBeCloseTo(20, 0);
  expect(bearingDeg([-59.5, 13], there)).toBeCloseTo(45, 6);
});

test("crossing targets have a closest approach, parallel ones have none", () => {
  const north = { at: [-59.5, 13] as const, sogKn: 10, cogDeg: 0 };
  const west = { at: destination(destination([-59.5, 13], 0, 10), 90, 10), sogKn: 10, cogDeg: 270 };
  const both = cpa(north, west);
  expect(both?.hours).toBeCloseTo(1, 2);
  expect(both?.nm).toBeLessThan(0.05);
  expect(cpa(north, { ...north, at: [-59.4, 13] })).toBeNull();
  expect(cpa(north, { ...north, sogKn: 20, at: destination(north.at, 0, 5) })?.hours).toBeLessThan(0);
});

test("a faster target cannot be intercepted from behind", () => {
  const runner = { at: destination([-59.5, 13], 0, 10), sogKn: 30, cogDeg: 0 };
  expect(intercept([-59.5, 13], 25, runner)).toBeNull();
  expect(intercept([-59.5, 13], 40, runner)?.hours).toBeCloseTo(1, 2);
  const towards = intercept([-59.5, 13], 25, { ...runner, cogDeg: 180 });
  expect(towards?.hours).toBeCloseTo(10 / 55, 3);
  expect(towards?.cogDeg).toBeCloseTo(0, 3);
  expect(intercept([-59.5, 13], 25, { ...runner, sogKn: 0 })?.hours).toBeCloseTo(0.4, 3);
});

test("the coast ahead is measured, a coast abeam is not", () => {
  const shore = [Float64Array.from([-59.6, 13.2, -59.4, 13.2])];
  const craft = { at: [-59.5, 13] as const, sogKn: 20, cogDeg: 0 };
  expect(aheadToCoastNm(craft, shore)).toBeCloseTo(12, 1);
  expect(aheadToCoastNm({ ...craft, cogDeg: 90 }, shore)).toBeNull();
});
