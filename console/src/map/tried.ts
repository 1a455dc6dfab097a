// Trials on the map: alerts that appear, vanish and change, zones that are drawn, and the zone under the pointer.

import * as bench from "../bench";
import { differences, SIGNS } from "../comparison";
import { figure } from "../format";
import { drawnRing } from "../panels/zone";
import { rounded } from "../ring";
import * as store from "../store";
import { distanceNm, type LonLat } from "./nautical";
import type { Pen } from "./pen";

/** Takes a click while a zone is drawn. */
export function take(place: LonLat): void {
  const corner = rounded(place);
  const corners = bench.corners.peek();
  bench.corners.value = bench.shape.peek() === "circle" && corners.length >= 2 ? [corner] : [...corners, corner];
}

/** Draws what the Rules workspace shows on the map; nothing while it is shut. */
export function draw(pen: Pen, pointer: LonLat | null): void {
  if (store.panel.peek() !== "rules") return;
  for (const { ring, name } of bench.zones.peek()) {
    outline(pen, ring);
    if (ring[0]) pen.word(name, pen.at(ring[0]), 8);
  }
  under(pen, pointer);
  const comparison = bench.trial.peek()?.comparison;
  if (comparison) for (const difference of differences(comparison)) mark(pen, difference);
}

function outline(pen: Pen, ring: readonly LonLat[], dash: readonly number[] = []): void {
  pen.use(pen.k.mark, 2.2);
  if (ring[0]) pen.line([...ring, ring[0]], dash);
}

/** The zone that is being drawn, as far as the pointer. */
function under(pen: Pen, pointer: LonLat | null): void {
  const corners = bench.corners.peek();
  const isDrawing = store.tool.peek() === "draw-zone";
  for (const corner of corners) pen.dot(corner, pen.k.mark);
  const [middle, edge] = corners;
  if (bench.shape.peek() === "circle" && middle && !edge) {
    if (!pointer || !isDrawing) return;
    const nm = distanceNm(middle, pointer);
    pen.use(pen.k.mark, 2.2);
    pen.circle(middle, nm, [6, 4]);
    pen.word(figure(`${nm.toFixed(1)} nm`), pen.at(pointer), 10);
    return;
  }
  const ring = drawnRing();
  if (ring) outline(pen, ring, [6, 4]);
  else if (corners.length > 0) {
    pen.use(pen.k.mark, 2.2);
    pen.line(pointer && isDrawing ? [...corners, pointer] : corners, [6, 4]);
  }
}

const RADIUS = 9;

/** A disc with the sign of what becomes of the alert. */
function mark(pen: Pen, { fate, alert }: ReturnType<typeof differences>[number]): void {
  const { c, k } = pen;
  const [x, y] = pen.at(alert.position);
  const colour = { appear: k.alert, vanish: k.coverage, change: k.mark }[fate];
  c.beginPath();
  c.arc(x, y, RADIUS, 0, 2 * Math.PI);
  c.fillStyle = fate === "appear" ? colour : k.halo;
  c.fill();
  c.strokeStyle = colour;
  c.lineWidth = 2.4;
  c.stroke();
  c.fillStyle = fate === "appear" ? k.halo : colour;
  c.font = "700 14px system-ui, sans-serif";
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(SIGNS[fate], x, y + 0.5);
  c.textAlign = "start";
  c.textBaseline = "alphabetic";
  if (bench.pointed.peek() === alert.id) {
    pen.corners(alert.position);
    pen.word(alert.rule, [x, y], 20);
  }
}
