// Where there is water: the shipped coast, asked by place.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CONFIG = new URL("../../config", import.meta.url).pathname;

const read = (path) => JSON.parse(readFileSync(join(CONFIG, path), "utf8"));

/** GeoJSON as vigie answers it: every area a MultiPolygon. */
const asMulti = (feature) =>
  feature.geometry.type === "Polygon"
    ? { ...feature, geometry: { type: "MultiPolygon", coordinates: [feature.geometry.coordinates] } }
    : feature;
const collection = (features) => ({ type: "FeatureCollection", features: features.map(asMulti) });

export const coast = collection(read("geo/coast.geojson").features);
export const places = collection(read("geo/places.geojson").features);
export const zones = collection(
  readdirSync(join(CONFIG, "zones"))
    .filter((name) => name.endsWith(".geojson"))
    .flatMap((name) => read(`zones/${name}`).features),
);

const land = coast.features.flatMap(({ geometry }) =>
  geometry.coordinates.map(([ring]) => ({
    ring,
    box: ring.reduce(([w, s, e, n], [x, y]) => [Math.min(w, x), Math.min(s, y), Math.max(e, x), Math.max(n, y)], [180, 90, -180, -90]),
  })),
);

export function isLand(lon, lat) {
  return land.some(({ ring, box: [w, s, e, n] }) => lon > w && lon < e && lat > s && lat < n && within(ring, lon, lat));
}

function within(ring, lon, lat) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** The same numbers each time (mulberry32). */
export function random(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
