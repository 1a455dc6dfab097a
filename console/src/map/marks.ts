// Draws the marks of officers: reported contacts, own units, known craft.

import type { Marked } from "../api";
import { markName } from "../format";
import { nameOf, type Picture } from "../picture";
import { placeNow } from "./carried";
import { destination, type LonLat } from "./nautical";
import type { Pen } from "./pen";

/** Age from which a reported contact is not extrapolated, ms. */
const CARRIED_MS = 2 * 3_600_000;

export function marks(pen: Pen, all: readonly Marked[], picture: Picture, now: number, vectorMin: number): void {
  for (const mark of all) {
    const target = mark.track ? picture.byKeyOf(mark.track) : undefined;
    const place: LonLat | null = target ? placeNow(target, now) : mark.position;
    if (!place) continue;
    pen.use(pen.k.mark, 2);
    const where = target ? pen.at(place) : untracked(pen, mark, place, now, vectorMin);
    symbol(pen.c, mark, ...where);
    // A unit whose label equals its name is named once.
    if (!target || nameOf(target) !== mark.name) pen.word(markName(mark), where, 18, pen.k.mark);
  }
}

/** Draws the extrapolated position of a reported contact, and the reported one. */
function untracked(pen: Pen, mark: Marked, place: LonLat, now: number, vectorMin: number): [number, number] {
  const { cog_deg: cog, sog_kn: sog, time } = mark;
  if (cog === null || sog === null) return pen.at(place);
  const age = time ? now - time : 0;
  const here = age > 0 && age < CARRIED_MS ? destination(place, cog, (sog * age) / 3_600_000) : place;
  pen.line([place, here], [3, 3]);
  pen.line([here, destination(here, cog, (sog * vectorMin) / 60)]);
  return pen.at(here);
}

function symbol(c: CanvasRenderingContext2D, { kind, centre }: Marked, x: number, y: number): void {
  c.beginPath();
  if (kind === "contact") {
    c.rect(x - 6, y - 6, 12, 12);
    c.moveTo(x - 6, y - 6);
    c.lineTo(x + 6, y + 6);
    c.moveTo(x + 6, y - 6);
    c.lineTo(x - 6, y + 6);
  } else if (kind === "unit") {
    // Two circles, as for own ship (IEC 62288); one for a unit of another centre.
    c.arc(x, y, 9, 0, 2 * Math.PI);
    if (!centre) {
      c.moveTo(x + 13, y);
      c.arc(x, y, 13, 0, 2 * Math.PI);
    }
  } else {
    c.moveTo(x + 8, y + 8);
    c.lineTo(x + 15, y + 15);
  }
  c.stroke();
}
