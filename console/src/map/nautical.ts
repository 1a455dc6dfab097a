// Navigation in degrees (bearings true), knots, nautical miles and hours: distances on the ellipsoid, the rest on the sphere.

const RAD = Math.PI / 180;
/** Mean radius of the earth, nautical miles (IUGG: 6,371.0088 km). */
const EARTH_NM = 6371.0088 / 1.852;

/** Semi-major axis, nautical miles, and flattening of WGS 84. */
const AXIS_NM = 6378.137 / 1.852;
const FLATTENING = 1 / 298.257223563;

export type LonLat = readonly [number, number];

/**
 * Distance on the ellipsoid, nautical miles (Lambert's formula, within metres): the sphere differs by half a percent, and from what the
 * sentence of an alert says.
 */
export function distanceNm([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): number {
  const reduced = (lat: number): number => Math.atan((1 - FLATTENING) * Math.tan(lat * RAD));
  const [one, two] = [reduced(lat1), reduced(lat2)];
  const s = Math.sin((two - one) / 2) ** 2 + Math.cos(one) * Math.cos(two) * Math.sin(((lon2 - lon1) * RAD) / 2) ** 2;
  const angle = 2 * Math.asin(Math.min(1, Math.sqrt(s)));
  if (s === 0 || s >= 1) return AXIS_NM * angle;
  const [middle, half] = [(one + two) / 2, (two - one) / 2];
  const x = ((angle - Math.sin(angle)) * (Math.sin(middle) * Math.cos(half)) ** 2) / (1 - s);
  const y = ((angle + Math.sin(angle)) * (Math.cos(middle) * Math.sin(half)) ** 2) / s;
  return AXIS_NM * (angle - (FLATTENING / 2) * (x + y));
}

/** Initial bearing, degrees true, 0 to 360. */
export function bearingDeg([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): number {
  const d = (lon2 - lon1) * RAD;
  const y = Math.sin(d) * Math.cos(lat2 * RAD);
  const x = Math.cos(lat1 * RAD) * Math.sin(lat2 * RAD) - Math.sin(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.cos(d);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}

/** Destination after a distance on an initial bearing. */
export function destination([lon, lat]: LonLat, bearing: number, nm: number): [number, number] {
  const a = nm / EARTH_NM;
  const lat2 = Math.asin(Math.sin(lat * RAD) * Math.cos(a) + Math.cos(lat * RAD) * Math.sin(a) * Math.cos(bearing * RAD));
  const d = Math.atan2(Math.sin(bearing * RAD) * Math.sin(a) * Math.cos(lat * RAD), Math.cos(a) - Math.sin(lat * RAD) * Math.sin(lat2));
  return [((lon + d / RAD + 540) % 360) - 180, lat2 / RAD];
}

export interface Moving {
  at: LonLat;
  sogKn: number;
  cogDeg: number;
}

/** Offset east and north of `from`, nautical miles, on a local plane; accurate to about 50 miles. */
function offsetNm([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): [number, number] {
  const mid = ((lat1 + lat2) / 2) * RAD;
  return [(lon2 - lon1) * 60 * Math.cos(mid), (lat2 - lat1) * 60];
}

function velocity({ sogKn, cogDeg }: Moving): [number, number] {
  return [sogKn * Math.sin(cogDeg * RAD), sogKn * Math.cos(cogDeg * RAD)];
}

/** Closest point of approach: distance in miles and time in hours, negative if past. Null if both have the same velocity. */
export function cpa(a: Moving, b: Moving): { nm: number; hours: number } | null {
  const [x, y] = offsetNm(a.at, b.at);
  const [ax, ay] = velocity(a);
  const [bx, by] = velocity(b);
  const [vx, vy] = [bx - ax, by - ay];
  const speed2 = vx * vx + vy * vy;
  if (speed2 < 0.01) return null;
  const hours = -(x * vx + y * vy) / speed2;
  return { nm: Math.hypot(x + vx * hours, y + vy * hours), hours };
}

/** Time in hours and course to intercept a target at a speed; null if that is impossible. */
export function intercept(from: LonLat, topKn: number, target: Moving): { hours: number; cogDeg: number } | null {
  const [x, y] = offsetNm(from, target.at);
  const [vx, vy] = velocity(target);
  const a = vx * vx + vy * vy - topKn * topKn;
  const b = 2 * (x * vx + y * vy);
  const c = x * x + y * y;
  let hours: number;
  if (Math.abs(a) < 1e-9) {
    hours = Math.abs(b) < 1e-9 ? (c < 1e-9 ? 0 : -1) : -c / b;
  } else {
    const root = b * b - 4 * a * c;
    if (root < 0) return null;
    const both = [(-b - Math.sqrt(root)) / (2 * a), (-b + Math.sqrt(root)) / (2 * a)].filter((h) => h >= 0);
    hours = both.length ? Math.min(...both) : -1;
  }
  if (hours < 0) return null;
  const [east, north] = [x + vx * hours, y + vy * hours];
  return { hours, cogDeg: (Math.atan2(east, north) / RAD + 360) % 360 };
}

/** Coastline as lines: each [lon, lat, lon, lat, …]. */
export type Coast = readonly Float64Array[];

/** Distance to the coast ahead on a course, nautical miles; null if there is none within `mostNm`. */
export function aheadToCoastNm(target: Moving, coast: Coast, mostNm = 60): number | null {
  const far = offsetNm(target.at, destination(target.at, target.cogDeg, mostNm));
  let best: number | null = null;
  const box = mostNm / 60 / Math.max(0.2, Math.cos(target.at[1] * RAD));
  for (const line of coast) {
    for (let i = 0; i + 3 < line.length; i += 2) {
      const [lon1, lat1, lon2, lat2] = [line[i]!, line[i + 1]!, line[i + 2]!, line[i + 3]!];
      if (Math.abs(lon1 - target.at[0]) > box || Math.abs(lat1 - target.at[1]) > box) continue;
      const share = crossing(far, offsetNm(target.at, [lon1, lat1]), offsetNm(target.at, [lon2, lat2]));
      if (share !== null && (best === null || share * mostNm < best)) best = share * mostNm;
    }
  }
  return best;
}

/** Fraction of the way from the origin to `far` at which it crosses the line from p to q. */
function crossing([fx, fy]: [number, number], [px, py]: [number, number], [qx, qy]: [number, number]): number | null {
  const [dx, dy] = [qx - px, qy - py];
  const cross = fx * dy - fy * dx;
  if (Math.abs(cross) < 1e-12) return null;
  const along = (px * dy - py * dx) / cross;
  const on = (px * fy - py * fx) / cross;
  return along >= 0 && along <= 1 && on >= 0 && on <= 1 ? along : null;
}
