// Figures of the graticule: longitudes at the top, latitudes at the right, none on another.

import type { Labels } from "./labels";

/** Distance of a figure's middle from the line above or left of which it stands, pixels. */
const ABOVE = 8;
const INSET = 3;

/** A line of the graticule: its figure, and its place across the map, pixels. */
export interface Figure {
  text: string;
  at: number;
}

/** Writes the figures where there is room. Those of latitudes come first: fewer of them are in view. */
export function figures(
  c: CanvasRenderingContext2D,
  labels: Labels,
  lines: { meridians: readonly Figure[]; parallels: readonly Figure[] },
  width: number,
  colour: string,
  halo: string,
): void {
  c.font = "11px system-ui, sans-serif";
  for (const { text, at } of lines.parallels) labels.writeAt(c, text, { right: width - INSET, middle: at - ABOVE }, colour, halo);
  for (const { text, at } of lines.meridians) labels.writeAt(c, text, { centre: at, middle: ABOVE }, colour, halo);
}
