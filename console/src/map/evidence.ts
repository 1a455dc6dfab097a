// Evidence of an alert on the map: trail, subjects, zones, and limits that are distances.

import type { AlertRow } from "../api";
import { amount, figure, limit, utc } from "../format";
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

/** Circles of an alert: limits that are distances, and what was measured beside them. */
function circles(row: AlertRow): { name: string; value: number; nm: number; isLimit: boolean }[] {
  const { limits, measured } = row.alert.properties;
  return Object.entries(CIRCLES).flatMap(([name, unit]) => {
    const of = (value: unknown, isLimit: boolean) => (typeof value === "number" ? [{ name, value, nm: value * unit, isLimit }] : []);
    return [...of(limits[name], true), ...of(measured[name], false)];
  });
}

/** Patterns that measure from the middle of the places where the vessel was: the centre of their bounding box. */
const FROM_MIDDLE: readonly string[] = ["loitering", "drifting"];
/** Patterns about a zone; their alerts name it first. */
const OF_ZONE: readonly string[] = ["zone", "airspace-entry"];

const timeOf = (point: AlertRow["alert"]["properties"]["evidence"]["trail"][number]): number => Date.parse(point[0]);

/** Place of an alert's onset: on the trail, which begins shortly before it. */
export function onsetOf(row: AlertRow): LonLat | null {
  const { onset, evidence } = row.alert.properties;
  const [trail, at] = [evidence.trail, Date.parse(onset)];
  const after = trail.findIndex((point) => timeOf(point) >= at);
  if (after < 0) return null;
  const [next, before] = [trail[after]!, trail[after - 1]];
  if (!before) return timeOf(next) - at < 60_000 ? [next[1], next[2]] : null;
  const share = (at - timeOf(before)) / Math.max(1, timeOf(next) - timeOf(before));
  return [before[1] + share * (next[1] - before[1]), before[2] + share * (next[2] - before[2])];
}

/** Where the rule measured its distances from. */
export function middleOf(row: AlertRow): LonLat {
  const { pattern, onset, evidence } = row.alert.properties;
  const since = evidence.trail.filter((point) => timeOf(point) >= Date.parse(onset));
  if (!FROM_MIDDLE.includes(pattern) || since.length === 0) return row.alert.geometry.coordinates;
  const [lons, lats] = [since.map(([, lon]) => lon), since.map(([, , lat]) => lat)];
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

/** Id of the zone that an alert is about; null for alerts that are about none. */
export const zoneOf = ({ alert }: AlertRow): string | null =>
  OF_ZONE.includes(alert.properties.pattern) ? (alert.properties.zones[0]?.id ?? null) : null;

export function evidence(pen: Pen, row: AlertRow, picture: Picture, now: number, zone: Outline): void {
  const { properties: p } = row.alert;
  const { c, k } = pen;
  c.globalAlpha = 0.55;
  pen.use(k.alert, 2.5);
  for (const ring of zone) pen.path(ring.map(([x, y]) => pen.css(x!, y!)));
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
    pen.word(figure(`${distanceNm(one, two).toFixed(2)} nm`), [(x1 + x2) / 2, (y1 + y2) / 2], 22);
  }
  const middle = two ?? middleOf(row);
  for (const { name, value, nm, isLimit } of circles(row)) {
    pen.use(k.alert, isLimit ? 1.4 : 1);
    pen.circle(middle, nm, isLimit ? [2, 4] : []);
    const south = pen.at(destination(middle, 180, nm));
    // A circle that is too small is unreadable.
    const word = isLimit ? limit(p.pattern, name, value).join(" ") : `${t("details.measured")} ${amount(name, value)}`;
    if (south[1] - pen.at(middle)[1] > 24) pen.word(word, south, 8);
  }
  const first = onsetOf(row);
  if (first) {
    pen.dot(first, k.alert);
    pen.word(`${t("map.onset")} ${utc(Date.parse(p.onset))}`, pen.at(first), 12);
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
    for (const bearing of [0, 90, 180, 270]) places.push(destination(middleOf(row), bearing, nm));
  }
  const [xs, ys] = [places.map((place) => project(place)[0]), places.map((place) => project(place)[1])];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
