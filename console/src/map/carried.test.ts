import { expect, test } from "vitest";
import type { TrackRow } from "../api";
import { Flag } from "../constants";
import { Picture } from "../picture";
import { placeNow } from "./carried";
import { bearingDeg, distanceNm } from "./nautical";

function heard(flags: number) {
  const picture = new Picture();
  const row: TrackRow = [1, -59.5, 13, 30, 45, null, null, 0, flags];
  picture.apply({ seq: 1, now: 0, full: true, tracks: [row], about: [], gone: [] });
  return picture.targets.get(1)!;
}

test("a target is extrapolated on its course and speed", () => {
  const there = placeNow(heard(Flag.cooperative), 120_000);
  expect(distanceNm([-59.5, 13], there)).toBeCloseTo(1, 2);
  expect(bearingDeg([-59.5, 13], there)).toBeCloseTo(45, 0);
});

test("a lost target, or one heard too long ago, is not extrapolated", () => {
  for (const place of [placeNow(heard(Flag.lost), 120_000), placeNow(heard(0), 700_000), placeNow(heard(0), -5)]) {
    expect(distanceNm([-59.5, 13], place)).toBeLessThan(1e-6);
  }
});
