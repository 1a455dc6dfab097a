import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ISLANDS } from "./islands";

interface Coast {
  features: { geometry: { type: "Polygon"; coordinates: number[][][] } | { type: "MultiPolygon"; coordinates: number[][][][] } }[];
}
const coast = JSON.parse(readFileSync(new URL("../../../config/geo/coast.geojson", import.meta.url), "utf8")) as Coast;
const rings = coast.features.flatMap(({ geometry: { type, coordinates } }) =>
  type === "Polygon" ? coordinates.slice(0, 1) : coordinates.flatMap((land) => land.slice(0, 1)),
);

/** Whether a ring holds a point: a line to the west crosses it an odd number of times. */
const holds = (ring: number[][], [x, y]: readonly [number, number]): boolean =>
  ring.slice(1).filter(([x2, y2], i) => {
    const [x1, y1] = ring[i]!;
    return y1! > y !== y2! > y && x < ((x2! - x1!) * (y - y1!)) / (y2! - y1!) + x1!;
  }).length %
    2 ===
  1;

test.each(ISLANDS)("the name of %s stands on land", (_, at) => {
  expect(rings.some((ring) => holds(ring, at))).toBe(true);
});
