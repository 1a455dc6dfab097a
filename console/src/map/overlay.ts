// What is drawn on the targets for a moment: an alert's evidence, officers' marks, what a tool measures.

import type { AlertRow, Mark } from "../api";
import { degrees, limit, span } from "../format";
import { t } from "../i18n";
import type { Picture, Target } from "../picture";
import { bearingDeg, cpa, destination, distanceNm, type LonLat } from "./nautical";
import { project } from "./mercator";
import type { Colours } from "./palette";
import { corners } from "./targets";

export type ToScreen = (x: number, y: number) => [number, number];

const at = (css: ToScreen, place: LonLat): [number, number] => css(...project(place));

/** A word in a box that can be read on anything. */
export function word(c: CanvasRenderingContext2D, text: string, x: number, y: number, k: Colours, colour = k.text): void {
  c.font = "600 12px system-ui, sans-serif";
  const width = c.measureText(text).width;
  c.fillStyle = k.halo;
  c.globalAlpha = 0.85;
  c.fillRect(x - 4, y - 10, width + 8, 20);
  c.globalAlpha = 1;
  c.fillStyle = colour;
  c.fillText(text, x, y + 1);
}

function ringOf(c: CanvasRenderingContext2D, css: ToScreen, middle: LonLat, nm: number): void {
  c.beginPath();
  for (let bearing = 0; bearing <= 360; bearing += 6) {
    const [x, y] = at(css, destination(middle, bearing, nm));
    if (bearing) c.lineTo(x, y);
    else c.moveTo(x, y);
  }
  c.stroke();
}

/** Why there is an alert: the trail, the parties, the limits that have a size on the map. */
export function evidence(c: CanvasRenderingContext2D, css: ToScreen, row: AlertRow, picture: Picture, k: Colours): void {
  const { properties: p, geometry } = row.alert;
  c.strokeStyle = k.alert;
  c.lineWidth = 2;
  c.setLineDash([]);
  c.beginPath();
  p.evidence.trail.forEach(([, lon, lat], i) => {
    const [x, y] = at(css, [lon, lat]);
    if (i) c.lineTo(x, y);
    else c.moveTo(x, y);
  });
  c.stroke();
  const first = p.evidence.trail[0];
  if (first) {
    const [x, y] = at(css, [first[1], first[2]]);
    word(c, `${t("map.onset")} ${first[0].slice(11, 16)}Z`, x + 8, y - 12, k);
  }
  const parties = p.subjects.map((s): LonLat => {
    const target = picture.byKeyOf(s.track);
    return target && !row.alert.properties.ended ? [target.lon, target.lat] : s.position;
  });
  const [one, two] = parties;
  if (one && two) {
    const [[x1, y1], [x2, y2]] = [at(css, one), at(css, two)];
    c.setLineDash([5, 4]);
    c.beginPath();
    c.moveTo(x1, y1);
    c.lineTo(x2, y2);
    c.stroke();
    c.setLineDash([]);
    word(c, `${distanceNm(one, two).toFixed(2)} nm`, (x1 + x2) / 2 + 10, (y1 + y2) / 2, k);
  }
  for (const place of parties) corners(c, ...at(css, place), 15, k.alert, 2.6);
  for (const [name, nm] of [["radius_nm", 1], ["distance_nm", 1], ["distance_m", 1 / 1852]] as const) {
    const value = p.limits[name];
    if (typeof value !== "number") continue;
    c.lineWidth = 1.2;
    c.setLineDash([2, 3]);
    ringOf(c, css, geometry.coordinates, value * nm);
    c.setLineDash([]);
    const [x, y] = at(css, destination(geometry.coordinates, 45, value * nm));
    word(c, limit(name, value).join(" "), x + 4, y - 6, k);
  }
}

/** What officers put on the picture. */
export function marks(c: CanvasRenderingContext2D, css: ToScreen, all: readonly Mark[], picture: Picture, k: Colours): void {
  for (const mark of all) {
    const target = mark.track ? picture.byKeyOf(mark.track) : undefined;
    const place: LonLat | null = target ? [target.lon, target.lat] : mark.position;
    if (!place) continue;
    const [x, y] = at(css, place);
    c.strokeStyle = k.mark;
    c.lineWidth = 2;
    c.beginPath();
    if (mark.kind === "contact") c.rect(x - 5, y - 5, 10, 10);
    else if (mark.kind === "unit") c.arc(x, y, 11, 0, 2 * Math.PI);
    else c.rect(x - 10, y - 10, 20, 20);
    c.stroke();
    if (!target && mark.cog_deg !== null && mark.sog_kn !== null) {
      const [ex, ey] = at(css, destination(place, mark.cog_deg, mark.sog_kn / 10));
      c.beginPath();
      c.moveTo(x, y);
      c.lineTo(ex, ey);
      c.stroke();
    }
    word(c, mark.name, x + 14, y + 14, k, k.mark);
  }
}

/** What a tool was given: places, or targets that go on moving. */
export type Picked = { kind: "place"; place: LonLat } | { kind: "target"; id: number };

export function placeOf(picked: Picked, picture: Picture): LonLat | null {
  if (picked.kind === "place") return picked.place;
  const target = picture.targets.get(picked.id);
  return target ? [target.lon, target.lat] : null;
}

/** From one to the other: miles and degrees true. */
export function rangeBearing(c: CanvasRenderingContext2D, css: ToScreen, from: LonLat, to: LonLat, k: Colours): string {
  const [[x1, y1], [x2, y2]] = [at(css, from), at(css, to)];
  c.strokeStyle = k.selected;
  c.lineWidth = 1.5;
  c.beginPath();
  c.moveTo(x1, y1);
  c.lineTo(x2, y2);
  c.stroke();
  const text = `${distanceNm(from, to).toFixed(2)} nm ${degrees(bearingDeg(from, to))}`;
  word(c, text, x2 + 10, y2 - 10, k);
  return text;
}

/** How close two come, in words; drawn where both will be. */
export function closest(c: CanvasRenderingContext2D, css: ToScreen, a: Target, b: Target, k: Colours): string {
  const moving = (target: Target) => ({
    at: [target.lon, target.lat] as const,
    sogKn: target.sogKn ?? 0,
    cogDeg: target.cogDeg ?? 0,
  });
  const [one, two] = [moving(a), moving(b)];
  const found = cpa(one, two);
  for (const target of [a, b]) corners(c, ...at(css, [target.lon, target.lat]), 15, k.selected, 2);
  if (!found) return t("map.no_cpa");
  if (found.hours < 0) return t("map.cpa_past", { nm: found.nm.toFixed(2) });
  const then = (m: typeof one): LonLat => destination(m.at, m.cogDeg, m.sogKn * found.hours);
  const [there, other] = [then(one), then(two)];
  c.strokeStyle = k.selected;
  c.setLineDash([4, 4]);
  c.lineWidth = 1.5;
  for (const [from, to] of [[one.at, there], [two.at, other], [there, other]] as const) {
    c.beginPath();
    c.moveTo(...at(css, from));
    c.lineTo(...at(css, to));
    c.stroke();
  }
  c.setLineDash([]);
  const text = t("map.cpa", { nm: found.nm.toFixed(2), time: span(found.hours * 3_600_000) });
  const [x, y] = at(css, there);
  word(c, text, x + 10, y, k);
  return text;
}
