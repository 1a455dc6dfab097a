// Measuring tools: range and bearing between two places, closest approach of two targets.

import { effect, signal } from "@preact/signals";
import { Kind } from "../constants";
import { degrees, figure, span } from "../format";
import { t } from "../i18n";
import { kindOf, nameOf, type Picture, type Target } from "../picture";
import * as store from "../store";
import { placeNow } from "./carried";
import { bearingDeg, cpa, destination, distanceNm, type LonLat, type Moving } from "./nautical";
import type { Pen } from "./pen";

/** Input of a tool: places, or targets, which keep moving. */
export type Picked = { kind: "place"; place: LonLat } | { kind: "target"; id: number };

export const picked = signal<readonly Picked[]>([]);
/** Text of the tool's prompt or result. */
export const measured = signal("");
/** Position that was clicked with the tool `place-contact`. */
export const placed = signal<[number, number] | null>(null);

// A newly chosen tool starts without the input of the previous one.
effect(() => {
  void store.tool.value;
  [picked.value, measured.value, placed.value] = [[], "", null];
});

/** Handles a click at a position, and on the target there, if any. */
export function take(place: [number, number], target: Target | null): void {
  const tool = store.tool.peek();
  if (tool === "place-contact") {
    placed.value = place;
  } else if (tool === "none") {
    store.selection.value = target ? { kind: "track", id: target.id } : null;
  } else if (tool === "range-bearing" || target) {
    const next: Picked = target ? { kind: "target", id: target.id } : { kind: "place", place };
    picked.value = picked.peek().length === 1 ? [picked.peek()[0]!, next] : [next];
    measured.value = "";
  }
}

function placeOf(it: Picked, picture: Picture, now: number): LonLat | null {
  if (it.kind === "place") return it.place;
  const target = picture.targets.get(it.id);
  return target ? placeNow(target, now) : null;
}

/** Draws the measurement of the active tool and sets its text. */
export function draw(pen: Pen, picture: Picture, now: number, pointer: LonLat | null): void {
  const tool = store.tool.peek();
  const [first, second] = picked.peek();
  if (tool === "range-bearing") {
    const from = first && placeOf(first, picture, now);
    const to = second ? placeOf(second, picture, now) : pointer;
    if (from && to) measured.value = rangeBearing(pen, from, to);
  } else if (tool === "cpa") {
    const [a, b] = picked.peek().map((it) => (it.kind === "target" ? picture.targets.get(it.id) : undefined));
    if (a) pen.corners(placeNow(a, now));
    if (a && b) measured.value = closest(pen, a, b, now);
    else if (a) measured.value = t("map.tool_cpa_next", { name: nameOf(a) });
  }
}

/** Formats distance and true bearing from one place to another. */
function rangeBearing(pen: Pen, from: LonLat, to: LonLat): string {
  pen.use(pen.k.selected, 1.5);
  pen.line([from, to]);
  const text = `${figure(`${distanceNm(from, to).toFixed(2)} nm`)} ${degrees(bearingDeg(from, to))}`;
  pen.word(text, pen.at(to), 14);
  return text;
}

/** A target's present position, course and speed; null if unknown. */
function moving(target: Target, now: number): Moving | null {
  const { sogKn, cogDeg } = target;
  const at = placeNow(target, now);
  if (kindOf(target) === Kind.fixed) return { at, sogKn: 0, cogDeg: 0 };
  if (sogKn === null || (cogDeg === null && sogKn > 0.5)) return null;
  return { at, sogKn, cogDeg: cogDeg ?? 0 };
}

/** Formats the closest approach of two targets, and draws their positions at that time. */
function closest(pen: Pen, a: Target, b: Target, now: number): string {
  pen.corners(placeNow(b, now));
  const pair = `${nameOf(a)} – ${nameOf(b)}: `;
  const [one, two] = [moving(a, now), moving(b, now)];
  if (!one || !two) return pair + t("map.cpa_unknown");
  const found = cpa(one, two);
  if (!found) return pair + t("map.no_cpa");
  if (found.hours < 0) return pair + t("map.cpa_past", { nm: figure(found.nm.toFixed(2)) });
  const then = (m: Moving): LonLat => destination(m.at, m.cogDeg, m.sogKn * found.hours);
  const [there, other] = [then(one), then(two)];
  pen.use(pen.k.selected, 1.5);
  for (const way of [
    [one.at, there],
    [two.at, other],
    [there, other],
  ])
    pen.line(way, [4, 4]);
  const text = t("map.cpa", { nm: figure(found.nm.toFixed(2)), time: span(found.hours * 3_600_000) });
  pen.word(text, pen.at(there), 12);
  return pair + text;
}
