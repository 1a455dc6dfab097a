// Coastline: the outline of the land data, without the lines at which the data are cut.

import type Feature from "ol/Feature";
import MultiLineString from "ol/geom/MultiLineString";
import type MultiPolygon from "ol/geom/MultiPolygon";

/** Distance within which a point counts as on the edge of the data, map units. */
const ON_EDGE = 1;

/** Coastline of a piece of land, given the extent of all land; undefined if its whole outline is coast. */
export function shore(land: Feature, [west, south, east, north]: readonly number[]): MultiLineString | undefined {
  const sides = ([x, y]: readonly number[]): number =>
    (x! - west! < ON_EDGE ? 1 : 0) | (y! - south! < ON_EDGE ? 2 : 0) | (east! - x! < ON_EDGE ? 4 : 0) | (north! - y! < ON_EDGE ? 8 : 0);
  const rings = (land.getGeometry() as MultiPolygon).getCoordinates().flat();
  if (!rings.some((ring) => ring.some((at) => sides(at) !== 0))) return undefined;
  return new MultiLineString(rings.flatMap((ring) => pieces(ring, (a, b) => (sides(a) & sides(b)) !== 0)));
}

/** Splits a ring into the lines between the cut ones. */
function pieces(ring: number[][], isCut: (a: number[], b: number[]) => boolean): number[][][] {
  const all: number[][][] = [];
  let piece: number[][] = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [a, b] = [ring[i]!, ring[i + 1]!];
    if (isCut(a, b)) {
      piece = [];
      continue;
    }
    if (piece.length === 0) {
      piece.push(a);
      all.push(piece);
    }
    piece.push(b);
  }
  return all;
}
