// Extrapolates a target from its last report on its course and speed.

import { isLost, type Target } from "../picture";
import { unproject } from "./mercator";
import type { LonLat } from "./nautical";

/** Age from which a position is not extrapolated, ms. */
const CARRIED_MS = 600_000;

/** Extrapolated position in map units. A lost target stays at its last position. */
export function carried(target: Target, now: number): [number, number] {
  const age = now - target.time;
  if (age <= 0 || age > CARRIED_MS || isLost(target)) return [target.x, target.y];
  return [target.x + (target.vx * age) / 1000, target.y + (target.vy * age) / 1000];
}

/** Extrapolated position in degrees. */
export const placeNow = (target: Target, now: number): LonLat => unproject(carried(target, now));
