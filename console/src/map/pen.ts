// What is drawn by hand on the map: lines between places, circles in miles, words in a box.

import { destination, type LonLat } from "./nautical";
import { project } from "./mercator";
import type { Colours } from "./palette";
import type { ToScreen } from "./targets";

export type Pen = CanvasRenderingContext2D;

export const at = (css: ToScreen, place: LonLat): [number, number] => css(...project(place));

/** A line through places. */
export function lineThrough(c: Pen, css: ToScreen, places: readonly LonLat[], dash: readonly number[] = []): void {
  c.setLineDash([...dash]);
  c.beginPath();
  places.forEach((place, i) => (i ? c.lineTo(...at(css, place)) : c.moveTo(...at(css, place))));
  c.stroke();
  c.setLineDash([]);
}

/** All places so many miles away. */
export function circle(c: Pen, css: ToScreen, middle: LonLat, nm: number, dash: readonly number[] = []): void {
  const places: LonLat[] = [];
  for (let bearing = 0; bearing <= 360; bearing += 6) places.push(destination(middle, bearing, nm));
  lineThrough(c, css, places, dash);
}

/** A word in a box that can be read on anything; `x`, `y` is its left middle. */
export function word(c: Pen, text: string, x: number, y: number, k: Colours, colour = k.text): void {
  c.font = "600 12px system-ui, sans-serif";
  c.textBaseline = "middle";
  const width = c.measureText(text).width;
  c.fillStyle = k.halo;
  c.globalAlpha = 0.85;
  c.fillRect(x - 4, y - 10, width + 8, 20);
  c.globalAlpha = 1;
  c.fillStyle = colour;
  c.fillText(text, x, y + 1);
}
