// What officers put on the picture: contacts that were called in, own units, known craft.

import type { Mark } from "../api";
import type { Picture } from "../picture";
import { destination, type LonLat } from "./nautical";
import type { Colours } from "./palette";
import { at, lineThrough, word, type Pen } from "./pen";
import type { ToScreen } from "./targets";

/** A call older than this says nothing of where the craft is now. */
const CARRIED_MS = 2 * 3_600_000;

export function marks(c: Pen, css: ToScreen, all: readonly Mark[], picture: Picture, now: number, vectorMin: number, k: Colours): void {
  for (const mark of all) {
    const target = mark.track ? picture.byKeyOf(mark.track) : undefined;
    const place: LonLat | null = target ? [target.lon, target.lat] : mark.position;
    if (!place) continue;
    c.strokeStyle = k.mark;
    c.lineWidth = 2;
    const [x, y] = target ? at(css, place) : untracked(c, css, mark, place, now, vectorMin);
    symbol(c, mark.kind, x, y);
    word(c, mark.name, x + 18, y + 18, k, k.mark);
  }
}

/** Where it must be by now, and from where it was called in. */
function untracked(c: Pen, css: ToScreen, mark: Mark, place: LonLat, now: number, vectorMin: number): [number, number] {
  const { cog_deg: cog, sog_kn: sog, time } = mark;
  if (cog === null || sog === null) return at(css, place);
  const age = time ? now - time : 0;
  const here = age > 0 && age < CARRIED_MS ? destination(place, cog, (sog * age) / 3_600_000) : place;
  lineThrough(c, css, [place, here], [3, 3]);
  lineThrough(c, css, [here, destination(here, cog, (sog * vectorMin) / 60)]);
  return at(css, here);
}

function symbol(c: Pen, kind: Mark["kind"], x: number, y: number): void {
  c.beginPath();
  if (kind === "contact") {
    c.rect(x - 6, y - 6, 12, 12);
    c.moveTo(x - 6, y - 6);
    c.lineTo(x + 6, y + 6);
    c.moveTo(x + 6, y - 6);
    c.lineTo(x - 6, y + 6);
  } else if (kind === "unit") {
    // Own ship has two circles (IEC 62288).
    c.arc(x, y, 9, 0, 2 * Math.PI);
    c.moveTo(x + 13, y);
    c.arc(x, y, 13, 0, 2 * Math.PI);
  } else {
    c.moveTo(x + 8, y + 8);
    c.lineTo(x + 15, y + 15);
  }
  c.stroke();
}
