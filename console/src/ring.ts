// Corners of zones: typed, clicked, or on a circle.

import { parsePosition } from "./format";
import { destination, type LonLat } from "./map/nautical";

/** Reads corners, one a line or with semicolons between; null where a line is no position. */
export function parseCorners(text: string): LonLat[] | null {
  const lines = text.split(/[\n;]/).map((line) => line.trim());
  const places = lines.filter((line) => line !== "").map(parsePosition);
  return places.some((place) => place === null) ? null : (places as LonLat[]);
}

/** Corners of a circle. */
export function circle(middle: LonLat, nm: number): LonLat[] {
  return Array.from({ length: 48 }, (_, i) => rounded(destination(middle, i * 7.5, nm)));
}

/** A place to about a metre. */
export const rounded = ([lon, lat]: LonLat): LonLat => [Number(lon.toFixed(5)), Number(lat.toFixed(5))];

/** Which side of a line a place lies on. */
const side = (a: LonLat, b: LonLat, c: LonLat): number => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));

/** Whether two edges of a ring cross, so that it is no area. */
export function crosses(ring: readonly LonLat[]): boolean {
  const edges = ring.map((from, i) => [from, ring[(i + 1) % ring.length]!] as const);
  return edges.some(([a, b], i) =>
    edges.some(([c, d], j) => {
      const isBeside = Math.abs(i - j) <= 1 || Math.abs(i - j) === edges.length - 1;
      return j > i && !isBeside && side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
    }),
  );
}

/** An id for a zone from its name, unlike those that are there. */
export function idOf(name: string, others: readonly string[]): string {
  const plain = name
    .normalize("NFD")
    .replace(/[^\w\s-]/g, "")
    .trim()
    .toLowerCase();
  const base = plain.replace(/[\s_]+/g, "-").slice(0, 40) || "zone";
  let id = base;
  for (let n = 2; others.includes(id); n++) id = `${base}-${n}`;
  return id;
}
