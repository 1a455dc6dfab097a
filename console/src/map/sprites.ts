// Cache of symbols as pixels, so that thousands are copied into an image in a few milliseconds without a GPU. Shapes follow IEC 62288 and IMO SN.1/Circ.243: triangles for AIS, circles for radar.

import { Flag, Kind } from "../constants";
import type { Colours } from "./palette";

/** Pixels of a symbol: offsets from its centre, and colours in the format of an ImageData. */
export interface Sprite {
  dx: Int16Array;
  dy: Int16Array;
  /** The offsets as indices into an image of the cache's width. */
  offset: Int32Array;
  colour: Uint32Array;
  /** Half the side of the symbol's square, pixels. */
  reach: number;
}

/** Resolution of headings, degrees. */
const STEP = 6;
const SIDE = 44;
/** Alpha below which a pixel is not copied. */
const FAINTEST = 60;

type Draw = (c: CanvasRenderingContext2D, size: number) => void;

export class Sprites {
  private readonly kept = new Map<number, Sprite>();
  private readonly canvas = document.createElement("canvas");

  constructor(
    private readonly colours: Colours,
    private readonly scale: number,
    /** Width of the image that the symbols are copied into. */
    private readonly width: number,
  ) {
    this.canvas.width = this.canvas.height = SIDE * scale;
  }

  /**
   * Returns the symbol for a target's flags, pointing to `deg`: `small` if many are shown, `still` if the target hardly moves,
   * `heads` if it reports its heading, which is drawn as a line.
   */
  of(flags: number, deg: number | null, small: boolean, still: boolean, heads: boolean): Sprite {
    const kind = flags & Flag.kind;
    const marks = flags & (Flag.dark | Flag.radar | Flag.cooperative | Flag.lost);
    const turn = deg === null ? 60 : Math.round(deg / STEP) % (360 / STEP);
    const key = (marks << 16) | (kind << 12) | (heads ? 1 << 8 : 0) | (small ? 1 << 7 : 0) | (still ? 1 << 6 : 0) | turn;
    let sprite = this.kept.get(key);
    if (!sprite) {
      const pointed = pointedBy(kind, marks) && deg !== null;
      sprite = this.make(this.drawing(kind, marks, pointed, still, heads && !small), small ? 0.62 : 1, pointed ? turn * STEP : 0);
      this.kept.set(key, sprite);
    }
    return sprite;
  }

  private drawing(kind: number, marks: number, pointed: boolean, still: boolean, heads: boolean): Draw {
    const k = this.colours;
    const lost = (marks & Flag.lost) !== 0;
    const colour = lost ? k.lost : (marks & Flag.cooperative) !== 0 ? k.ais : k.radar;
    return (c) => {
      c.lineWidth = 1.6;
      c.strokeStyle = c.fillStyle = colour;
      if (kind === Kind.distress) return distress(c, k.distress);
      if ((marks & Flag.dark) !== 0 && (marks & Flag.radar) !== 0) dark(c, kind, k, lost, still);
      else if (kind === Kind.aircraft) aircraft(c, lost ? k.lost : k.aircraft);
      else if (kind === Kind.fixed) diamond(c, k.fixed);
      else if (kind === Kind.netBuoy) dot(c, k.fixed);
      else if ((marks & Flag.cooperative) !== 0) {
        triangle(c, colour, k.halo, pointed);
        if (heads && pointed && !lost) headingLine(c);
      } else ring(c, colour);
      if (lost) cross(c);
    };
  }

  private make(draw: Draw, size: number, deg: number): Sprite {
    const c = this.canvas.getContext("2d", { willReadFrequently: true });
    const side = this.canvas.width;
    const [dx, dy, colour]: [number[], number[], number[]] = [[], [], []];
    if (c) {
      c.setTransform(1, 0, 0, 1, 0, 0);
      c.clearRect(0, 0, side, side);
      c.translate(side / 2, side / 2);
      c.rotate((deg * Math.PI) / 180);
      c.scale(size * this.scale, size * this.scale);
      draw(c, size);
      const pixels = new Uint32Array(c.getImageData(0, 0, side, side).data.buffer);
      pixels.forEach((pixel, at) => {
        if (pixel >>> 24 < FAINTEST) return;
        dx.push((at % side) - side / 2);
        dy.push(Math.floor(at / side) - side / 2);
        colour.push(pixel);
      });
    }
    const reach = [...dx, ...dy].reduce((most, d) => Math.max(most, Math.abs(d)), 0) + 1;
    const offset = Int32Array.from(dx, (x, i) => dy[i]! * this.width + x);
    return { dx: Int16Array.from(dx), dy: Int16Array.from(dy), offset, colour: Uint32Array.from(colour), reach };
  }
}

const pointedBy = (kind: number, marks: number): boolean =>
  kind === Kind.aircraft || (kind === Kind.vessel && (marks & Flag.cooperative) !== 0);

function path(c: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  c.beginPath();
  for (const [i, [x, y]] of points.entries()) {
    if (i) c.lineTo(x, y);
    else c.moveTo(x, y);
  }
  c.closePath();
}

function triangle(c: CanvasRenderingContext2D, colour: string, halo: string, pointed: boolean): void {
  if (!pointed) {
    // A vessel whose heading is unknown.
    path(c, [
      [0, -6],
      [5.5, 4],
      [-5.5, 4],
    ]);
  } else {
    path(c, [
      [0, -9],
      [4.8, 6],
      [-4.8, 6],
    ]);
  }
  c.fillStyle = halo;
  c.globalAlpha = 0.75;
  c.fill();
  c.globalAlpha = 1;
  c.strokeStyle = colour;
  c.lineWidth = 1.8;
  c.stroke();
}

/** Draws the heading line, solid, while the speed vector is dashed. */
function headingLine(c: CanvasRenderingContext2D): void {
  c.lineWidth = 1.4;
  c.beginPath();
  c.moveTo(0, -9);
  c.lineTo(0, -19);
  c.stroke();
}

function ring(c: CanvasRenderingContext2D, colour: string): void {
  c.beginPath();
  c.arc(0, 0, 4.6, 0, 2 * Math.PI);
  c.strokeStyle = colour;
  c.lineWidth = 2;
  c.stroke();
}

/**
 * Draws a dark target, which no AIS and no transponder identifies: a filled disc, or a wedge in the air. A ring marks a target
 * under way, because buoys and boats at anchor are dark as well.
 */
function dark(c: CanvasRenderingContext2D, kind: number, k: Colours, lost: boolean, still: boolean): void {
  c.beginPath();
  if (kind === Kind.aircraft)
    path(c, [
      [0, -8],
      [8, 7],
      [0, 3],
      [-8, 7],
    ]);
  else c.arc(0, 0, still ? 3.4 : 5.2, 0, 2 * Math.PI);
  c.fillStyle = lost ? k.lost : k.dark;
  c.fill();
  c.lineWidth = 1.6;
  c.strokeStyle = k.darkEdge;
  c.stroke();
  if (still) return;
  c.beginPath();
  c.arc(0, 0, 9, 0, 2 * Math.PI);
  c.lineWidth = 1.6;
  c.strokeStyle = lost ? k.lost : k.dark;
  c.stroke();
}

function aircraft(c: CanvasRenderingContext2D, colour: string): void {
  path(c, [
    [0, -9],
    [1.4, -3],
    [9, 2],
    [9, 4],
    [1.4, 1.6],
    [1, 6],
    [3.4, 8],
    [3.4, 9],
    [0, 8.2],
    [-3.4, 9],
    [-3.4, 8],
    [-1, 6],
    [-1.4, 1.6],
    [-9, 4],
    [-9, 2],
    [-1.4, -3],
  ]);
  c.fillStyle = colour;
  c.fill();
}

function diamond(c: CanvasRenderingContext2D, colour: string): void {
  path(c, [
    [0, -4.5],
    [4.5, 0],
    [0, 4.5],
    [-4.5, 0],
  ]);
  c.strokeStyle = colour;
  c.stroke();
}

function dot(c: CanvasRenderingContext2D, colour: string): void {
  c.fillStyle = colour;
  c.fillRect(-1.6, -1.6, 3.2, 3.2);
}

function distress(c: CanvasRenderingContext2D, colour: string): void {
  c.strokeStyle = colour;
  c.lineWidth = 2.2;
  c.beginPath();
  c.arc(0, 0, 8, 0, 2 * Math.PI);
  c.moveTo(-5.6, -5.6);
  c.lineTo(5.6, 5.6);
  c.moveTo(5.6, -5.6);
  c.lineTo(-5.6, 5.6);
  c.stroke();
}

function cross(c: CanvasRenderingContext2D): void {
  c.beginPath();
  c.moveTo(-8, -8);
  c.lineTo(8, 8);
  c.moveTo(8, -8);
  c.lineTo(-8, 8);
  c.lineWidth = 1.2;
  c.stroke();
}
