// Drawing on the map's canvas: lines between places, circles in miles, text.

import type { Labels } from "./labels";
import { project } from "./mercator";
import { destination, type LonLat } from "./nautical";
import type { Colours } from "./palette";

export type ToScreen = (x: number, y: number) => [number, number];

/** Draws in pixels of the map; names that are placed later avoid its text. */
export class Pen {
  constructor(
    readonly c: CanvasRenderingContext2D,
    readonly css: ToScreen,
    readonly k: Colours,
    private readonly labels: Labels,
  ) {}

  at(place: LonLat): [number, number] {
    return this.css(...project(place));
  }

  use(colour: string, width: number): void {
    this.c.strokeStyle = colour;
    this.c.lineWidth = width;
  }

  line(places: readonly LonLat[], dash: readonly number[] = []): void {
    this.path(
      places.map((place) => this.at(place)),
      dash,
    );
  }

  /** Draws a line through points on the screen. */
  path(points: readonly (readonly [number, number])[], dash: readonly number[] = []): void {
    const { c } = this;
    c.setLineDash([...dash]);
    c.beginPath();
    for (const [i, [x, y]] of points.entries()) {
      if (i) c.lineTo(x, y);
      else c.moveTo(x, y);
    }
    c.stroke();
    c.setLineDash([]);
  }

  /** Draws a circle with a radius in nautical miles. */
  circle(middle: LonLat, nm: number, dash: readonly number[] = []): void {
    const places: LonLat[] = [];
    for (let bearing = 0; bearing <= 360; bearing += 6) places.push(destination(middle, bearing, nm));
    this.line(places, dash);
  }

  /** Draws the corners of a square around a selected place. */
  corners(place: LonLat): void {
    corners(this.c, ...this.at(place), this.k.selected);
  }

  dot(place: LonLat, colour: string): void {
    this.c.fillStyle = colour;
    this.c.beginPath();
    this.c.arc(...this.at(place), 3.5, 0, 2 * Math.PI);
    this.c.fill();
  }

  /** Writes text beside a place. */
  word(text: string, [x, y]: readonly [number, number], away: number, colour = this.k.text): void {
    this.c.font = "600 12px system-ui, sans-serif";
    this.labels.write(this.c, { text, x, y, colour, away, must: true }, this.k.halo);
  }
}

export function corners(c: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  const r = 18;
  c.strokeStyle = colour;
  c.lineWidth = 2.2;
  c.beginPath();
  for (const [sx, sy] of [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ] as const) {
    c.moveTo(x + sx * r, y + sy * (r - 6));
    c.lineTo(x + sx * r, y + sy * r);
    c.lineTo(x + sx * (r - 6), y + sy * r);
  }
  c.stroke();
}
