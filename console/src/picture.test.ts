import { expect, test } from "vitest";
import type { TrackAbout, TrackRow } from "./api";
import { Picture } from "./picture";

const row = (id: number, time: number, lon: number): TrackRow => [id, lon, 13, 5, 90, null, null, time, 32];
const about = (id: number, key: string): TrackAbout => ({
  id,
  key,
  mmsi: null,
  imo: null,
  icao: null,
  name: null,
  call_sign: null,
  number: null,
  label: null,
  ship_type: null,
  length_m: null,
  flag: null,
  nav_status: null,
  destination: null,
  eta: null,
  draught_m: null,
  size_m: null,
  accurate: false,
  squawk: null,
  source: "ais",
  feeds: [],
  first_heard: 0,
});
const frame = (now: number, full: boolean, tracks: TrackRow[], abouts: TrackAbout[] = [], gone: number[] = []) => ({
  seq: 1,
  now,
  full,
  tracks,
  about: abouts,
  gone,
});

test("frames move tracks, and a full frame removes the others", () => {
  const picture = new Picture();
  picture.apply(frame(1000, true, [row(1, 1000, -59), row(2, 1000, -60)], [about(1, "mmsi:1"), about(2, "mmsi:2")]));
  picture.apply(frame(12_000, false, [row(1, 12_000, -58)]));
  expect(picture.byKeyOf("mmsi:1")?.trail).toEqual([1000, -59, 13, 12_000, -58, 13]);
  picture.apply(frame(13_000, true, [row(1, 13_000, -58)]));
  expect([picture.targets.size, picture.byKeyOf("mmsi:2")]).toEqual([1, undefined]);
});

test("a slot that is reused does not keep the earlier track's trail", () => {
  const picture = new Picture();
  picture.apply(frame(1000, true, [row(1, 1000, -59)], [about(1, "mmsi:1")]));
  picture.apply(frame(20_000, false, [row(1, 20_000, -50)], [about(1, "mmsi:9")]));
  expect([picture.byKeyOf("mmsi:1"), picture.byKeyOf("mmsi:9")?.trail]).toEqual([undefined, [20_000, -50, 13]]);
});

test("a seek backwards removes later points of a trail", () => {
  const picture = new Picture();
  picture.apply(frame(90_000, true, [row(1, 90_000, -59)]));
  picture.apply(frame(10_000, true, [row(1, 10_000, -60)]));
  expect(picture.targets.get(1)?.trail).toEqual([10_000, -60, 13]);
});

test("event time advances between frames, and stops without frames", () => {
  const picture = new Picture();
  picture.apply(frame(60_000, true, []), 5_000);
  expect([picture.timeAt(5_400, 1), picture.timeAt(5_400, 20), picture.timeAt(5_400, 0)]).toEqual([60_400, 68_000, 60_000]);
  // A frame without a change of any track.
  picture.apply(frame(60_000, false, []), 6_000);
  expect(picture.timeAt(6_500, 1)).toBe(61_500);
  expect(picture.timeAt(60_000, 1)).toBe(70_000);
});

test("a track that does not move has no trail", () => {
  const picture = new Picture();
  picture.apply(frame(0, true, [row(1, 0, -59)]));
  for (let s = 20; s <= 100; s += 20) picture.apply(frame(s * 1000, false, [row(1, s * 1000, -59 + (s < 80 ? 0.0001 : 0.01))]));
  expect(picture.targets.get(1)?.trail).toEqual([0, -59, 13, 80_000, -58.99, 13]);
});
