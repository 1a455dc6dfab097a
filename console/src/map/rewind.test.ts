import { expect, test } from "vitest";
import type { TrackAbout, TrackRow } from "../api";
import { Picture } from "../picture";
import { Past } from "./rewind";

const row = (id: number, time: number, lon: number): TrackRow => [id, lon, 13, null, null, null, null, time, 0];

test("a past picture holds the frames until its time", () => {
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

test("forward and backward give the same picture, with present names", () => {
  const past = new Past();
  const frames = [0, 1, 2, 3].map((i) => ({ now: i * 10_000, tracks: [row(1, i * 10_000, -59 + i)], gone: [] }));
  past.take({ frames });
  const present = new Picture();
  const about = { id: 1, key: "mmsi:1", name: "ANSE ROSE", first_heard: 5_000 } as unknown as TrackAbout;
  present.apply({ seq: 1, now: 30_000, full: true, tracks: [row(1, 30_000, -56)], about: [about], gone: [] });
  const seen = [10_000, 30_000, 20_000, 0].map((time) => {
    const target = past.at(time, present).targets.get(1);
    return [target?.lon, target?.about?.name];
  });
  // Before the track was first heard, its slot belonged to another track.
  expect(seen).toEqual([
    [-58, "ANSE ROSE"],
    [-56, "ANSE ROSE"],
    [-57, "ANSE ROSE"],
    [-59, undefined],
  ]);
});

test("without stored frames the present picture is shown", () => {
  const present = new Picture();
  present.apply({ seq: 1, now: 0, full: true, tracks: [row(1, 0, -59)], about: [], gone: [] });
  expect(new Past().at(0, present).targets.size).toBe(1);
});
