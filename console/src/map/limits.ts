// Lines along which the names of sea areas are written.

/** Rank of the kinds of sea areas, from the coast outwards. */
const OUTWARDS: readonly string[] = ["internal-waters", "archipelagic-waters", "territorial-sea", "contiguous-zone", "eez"];

type Point = readonly number[];

/** A sea area by its kind and outer rings, in map units. */
export interface SeaArea {
  kind: string;
  rings: readonly (readonly Point[])[];
}

/**
 * The outer limits of each area, without the parts that are the limit of an area nearer to the coast: an exclusive economic zone
 * begins there, and its name would be read as that of the twelve-mile line.
 */
export function ownLimits(areas: readonly SeaArea[]): Point[][][] {
  const rank = ({ kind }: SeaArea): number => OUTWARDS.indexOf(kind);
  const key = ([x, y]: Point): string => `${x},${y}`;
  const nearest = new Map<string, number>();
  for (const area of areas) {
    if (rank(area) < 0) continue;
    for (const point of area.rings.flat()) nearest.set(key(point), Math.min(rank(area), nearest.get(key(point)) ?? rank(area)));
  }
  return areas.map((area) => {
    const isOwn = (point: Point): boolean => rank(area) < 0 || nearest.get(key(point)) === rank(area);
    return area.rings.flatMap((ring) => runs(ring, isOwn));
  });
}

/** Cuts a ring into the runs of segments that have an end of its own. */
function runs(ring: readonly Point[], isOwn: (point: Point) => boolean): Point[][] {
  const found: Point[][] = [];
  let run: Point[] = [];
  for (let i = 1; i < ring.length; i++) {
    const [from, to] = [ring[i - 1]!, ring[i]!];
    if (isOwn(from) || isOwn(to)) {
      if (run.length === 0) run.push(from);
      run.push(to);
    } else if (run.length > 0) {
      found.push(run);
      run = [];
    }
  }
  return run.length > 0 ? [...found, run] : found;
}
