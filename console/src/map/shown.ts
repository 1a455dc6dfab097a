// What the rest of the page shares with the map, which loads after the queue: the picture on it, the coast, named places.

import { signal } from "@preact/signals";
import type { AlertRow } from "../api";
import { type Live, subjectName } from "../format";
import { isLost, type Picture } from "../picture";
import * as store from "../store";
import { bearingDeg, type Coast, distanceNm, type LonLat } from "./nautical";
import { Past } from "./rewind";

export const past = new Past();

export function picture(): Picture {
  const time = store.rewoundTo.peek();
  return time === null ? store.picture : past.at(time, store.picture);
}

/** Coastline, once it is loaded. */
export const coast = signal<Coast>([]);
/** Named places, once they are loaded. */
export const places = signal<readonly { name: string; at: LonLat }[]>([]);
/** Distance within which a named place is looked for, miles. */
const PLACE_WITHIN_NM = 60;

/** A zone of the map. */
export interface Zone {
  id: string;
  name: string;
  kind: string;
  state: string;
  status: string | null;
}
/** Zones at the place that was clicked, and the one that is outlined; null if none are shown. */
export const asked = signal<{ zones: readonly Zone[]; outlined: string } | null>(null);

/** Actions of the map, once it is there. */
export const mapActions: { show: (place: LonLat) => void; home: () => void } = { show: () => undefined, home: () => undefined };
export const showOnMap = (place: LonLat): void => mapActions.show(place);

/** Bearing and distance of a position from the nearest named place. */
export function nearestPlace(at: LonLat): { from: string | null; bearing_deg: number | null; distance_nm: number | null } {
  let [best, least] = [null as { name: string; at: LonLat } | null, PLACE_WITHIN_NM];
  for (const place of places.value) {
    // A degree of latitude is 60 miles: what is farther north or south is not nearer.
    if (Math.abs(place.at[1] - at[1]) * 60 > least) continue;
    const nm = distanceNm(place.at, at);
    if (nm < least) [best, least] = [place, nm];
  }
  return best
    ? { from: best.name, bearing_deg: bearingDeg(best.at, at), distance_nm: least }
    : { from: null, bearing_deg: null, distance_nm: null };
}

/** Positions of an alert's subjects in the picture now; those that it does not hold any more are left out. */
export function liveOf(row: AlertRow): Live[] {
  return row.alert.properties.subjects.flatMap((subject) => {
    const target = store.picture.byKeyOf(subject.track);
    if (!target) return [];
    const { time, sogKn, cogDeg } = target;
    const [name, at] = [subjectName(subject), [target.lon, target.lat] as const];
    return [{ name, at, time, now: store.now.value, sogKn, cogDeg, lost: isLost(target) }];
  });
}
