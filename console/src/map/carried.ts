// Where a target must be by now: carried on from its last report on its course and speed.

import { isLost, type Target } from "../picture";
import { unproject } from "./mercator";
import type { LonLat } from "./nautical";

/** A target whose position is older than this is not carried on. */
const CARRIED_MS = 600_000;

/** On the map. A lost target stays where it was last heard. */
export function carried(target: Target, now: number): [number, number] {
  const age = now - target.time;
  if (age <= 0 || age > CARRIED_MS || isLost(target)) return [target.x, target.y];
  return [target.x + (target.vx * age) / 1000, target.y + (target.vy * age) / 1000];
}

/** In degrees. */
export const placeNow = (target: Target, now: number): LonLat => unproject(carried(target, now));
