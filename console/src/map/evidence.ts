// Evidence of an alert on the map: trail, subjects, zones, and limits that are distances.

import type { AlertRow } from "../api";
import { limit } from "../format";
import { t } from "../i18n";
import type { Picture } from "../picture";
import { placeNow } from "./carried";
import { project } from "./mercator";
import { destination, distanceNm, type LonLat } from "./nautical";
import type { Pen } from "./pen";

/** Limits that are distances from the alert's position, with their unit in nautical miles. */
const CIRCLES: Record<string, number> = { radius_nm: 1, distance_nm: 1, max_distance_nm: 1, distance_m: 1 / 1852 };

/** Returns the rings of a zone in map units. */
export type Outline = readonly (readonly (readonly number[])[])[];

/** Positions of the subjects: present ones while the alert is open, or else those in the alert. */
function parties(row: AlertRow, picture: Picture, now: number): LonLat[] {
  return row.alert.properties.subjects.map((subject): LonLat => {
    const target = row.alert.properties.ended ? undefined : picture.byKeyOf(subject.track);
    return target ? placeNow(target, now) : (subject.position ?? row.alert.geometry.coordinates);
  });
}

function circles(row: AlertRow): { name: string; value: number; nm: number }[] {
  return Object.entries(CIRCLES).flatMap(([name, unit]) => {
    const value = row.alert.properties.limits[name];
    return typeof value === "number" ? [{ name, value, nm: value * unit }] : [];
  });
}

export function evidence(pen: Pen, row: AlertRow, picture: Picture, now: number, zones: readonly Outline[]): void {
  const { properties: p, geometry } = row.alert;
  const { c, k } = pen;
  c.globalAlpha = 0.55;
  pen.use(k.alert, 2.5);
  for (const ring of zones.flat()) pen.path(ring.map(([x, y]) => pen.css(x!, y!)));
  c.globalAlpha = 1;
  const where = parties(row, picture, now);
  const [one, two] = where;
  pen.use(k.alert, 2);
  pen.line(p.evidence.trail.map(([, lon, lat]): LonLat => [lon, lat]));
  for (const place of where) pen.corners(place);
  if (one && two) {
    pen.use(k.selected, 1.6);
    pen.line([one, two], [5, 4]);
    const [[x1, y1], [x2, y2]] = [pen.at(one), pen.at(two)];
    pen.word(`${distanceNm(one, two).toFixed(2)} nm`, [(x1 + x2) / 2, (y1 + y2) / 2], 22);
  }
  const middle = two ?? geometry.coordinates;
  for (const { name, value, nm } of circles(row)) {
    pen.use(k.alert, 1.4);
    pen.circle(middle, nm, [2, 4]);
    const south = pen.at(destination(middle, 180, nm));
    // A circle that is too small is unreadable.
    if (south[1] - pen.at(middle)[1] > 24) pen.word(limit(name, value).join(" "), south, 8);
  }
  const first = p.evidence.trail[0];
  if (first) {
    pen.dot([first[1], first[2]], k.alert);
    pen.word(`${t("map.onset")} ${first[0].slice(11, 16)}Z`, pen.at([first[1], first[2]]), 12);
  }
}

/** Extent of an alert's evidence, in map units: west, south, east, north. */
export function extentOf(row: AlertRow, picture: Picture, now: number): [number, number, number, number] {
  const { geometry, properties } = row.alert;
  const places: LonLat[] = [
    geometry.coordinates,
    ...parties(row, picture, now),
    ...properties.evidence.trail.map(([, lon, lat]): LonLat => [lon, lat]),
  ];
  for (const { nm } of circles(row)) {
    for (const bearing of [0, 90, 180, 270]) places.push(destination(geometry.coordinates, bearing, nm));
  }
  const [xs, ys] = [places.map((place) => project(place)[0]), places.map((place) => project(place)[1])];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
