import { expect, test } from "vitest";
import type { TrackRow } from "../api";
import { Picture } from "../picture";
import { Past } from "./rewind";

const row = (id: number, time: number, lon: number): TrackRow => [id, lon, 13, null, null, null, null, time, 0];

test("a moment is what was told until then", () => {
  const past = new Past();
  past.take({
    frames: [
      { now: 1000, tracks: [row(1, 1000, -59), row(2, 900, -60)], gone: [] },
      { now: 11_000, tracks: [row(1, 11_000, -58)], gone: [] },
      { now: 21_000, tracks: [row(1, 21_000, -57)], gone: [2] },
    ],
  });
  const lon = (time: number, id: number) => past.at(time, new Picture()).targets.get(id)?.lon;
  expect([lon(0, 1), lon(12_000, 1), lon(12_000, 2), lon(30_000, 1), lon(30_000, 2)]).toEqual([-59, -58, -60, -57, undefined]);
  expect(past.at(12_000, new Picture()).targets.get(1)?.trail).toEqual([1000, -59, 13, 11_000, -58, 13]);
});
