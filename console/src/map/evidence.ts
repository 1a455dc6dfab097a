// Why there is an alert, on the map: its trail, the parties, the zone, the limits that have a size on the map.

import type { AlertRow } from "../api";
import { limit } from "../format";
import { t } from "../i18n";
import type { Picture } from "../picture";
import { destination, distanceNm, type LonLat } from "./nautical";
import { project } from "./mercator";
import type { Colours } from "./palette";
import { at, circle, lineThrough, word, type Pen } from "./pen";
import { corners, type ToScreen } from "./targets";

/** Limits that are a distance from the place of the alert, and their unit in miles. */
const CIRCLES: Record<string, number> = { radius_nm: 1, distance_nm: 1, max_distance_nm: 1, distance_m: 1 / 1852 };

/** The rings of a zone on the map. */
export type Outline = readonly (readonly (readonly number[])[])[];

/** Where the parties are: now while the alert goes on, else as it was told. */
function parties(row: AlertRow, picture: Picture): LonLat[] {
  return row.alert.properties.subjects.map((subject): LonLat => {
    const target = row.alert.properties.ended ? undefined : picture.byKeyOf(subject.track);
    return target ? [target.lon, target.lat] : subject.position;
  });
}

function circles(row: AlertRow): { name: string; value: number; nm: number }[] {
  return Object.entries(CIRCLES).flatMap(([name, unit]) => {
    const value = row.alert.properties.limits[name];
    return typeof value === "number" ? [{ name, value, nm: value * unit }] : [];
  });
}

export function evidence(c: Pen, css: ToScreen, row: AlertRow, picture: Picture, zones: readonly Outline[], k: Colours): void {
  const { properties: p, geometry } = row.alert;
  c.strokeStyle = k.alert;
  c.lineWidth = 2.5;
  c.globalAlpha = 0.55;
  for (const ring of zones.flat()) {
    c.beginPath();
    ring.forEach(([x, y], i) => (i ? c.lineTo(...css(x!, y!)) : c.moveTo(...css(x!, y!))));
    c.stroke();
  }
  c.globalAlpha = 1;
  c.lineWidth = 2;
  lineThrough(c, css, p.evidence.trail.map(([, lon, lat]): LonLat => [lon, lat]));
  onset(c, css, row, k);
  const where = parties(row, picture);
  const [one, two] = where;
  if (one && two) {
    c.strokeStyle = k.selected;
    c.lineWidth = 1.6;
    lineThrough(c, css, [one, two], [5, 4]);
  }
  for (const place of where) corners(c, ...at(css, place), 18, k.selected, 2.2);
  c.lineWidth = 1.4;
  c.strokeStyle = k.alert;
  for (const { name, value, nm } of circles(row)) {
    circle(c, css, two ?? geometry.coordinates, nm, [2, 4]);
    const [x, y] = at(css, destination(two ?? geometry.coordinates, 180, nm));
    // Too small a circle is only a blot with a word on it.
    const [, middle] = at(css, two ?? geometry.coordinates);
    if (y - middle > 24) word(c, limit(name, value).join(" "), x - 40, y + 14, k);
  }
  // How far apart, to the left: names stand on the right.
  if (one && two) {
    const [[x1, y1], [x2, y2]] = [at(css, one), at(css, two)];
    const text = `${distanceNm(one, two).toFixed(2)} nm`;
    word(c, text, Math.min(x1, x2) - 90, (y1 + y2) / 2, k);
  }
}

function onset(c: Pen, css: ToScreen, row: AlertRow, k: Colours): void {
  const first = row.alert.properties.evidence.trail[0];
  if (!first) return;
  const [x, y] = at(css, [first[1], first[2]]);
  c.beginPath();
  c.arc(x, y, 3.5, 0, 2 * Math.PI);
  c.fillStyle = k.alert;
  c.fill();
  word(c, `${t("map.onset")} ${first[0].slice(11, 16)}Z`, x + 10, y + 14, k);
}

/** All of an alert's evidence, in map units: west, south, east, north. */
export function extentOf(row: AlertRow, picture: Picture): [number, number, number, number] {
  const { geometry, properties } = row.alert;
  const places: LonLat[] = [
    geometry.coordinates, ...parties(row, picture), ...properties.evidence.trail.map(([, lon, lat]): LonLat => [lon, lat]),
  ];
  for (const { nm } of circles(row)) {
    for (const bearing of [0, 90, 180, 270]) places.push(destination(geometry.coordinates, bearing, nm));
  }
  const [xs, ys] = [places.map((place) => project(place)[0]), places.map((place) => project(place)[1])];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
