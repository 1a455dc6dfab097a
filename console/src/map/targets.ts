// The layer of targets: thousands of symbols and vectors a frame without a GPU, and on them, for few, names and trails.

import Layer from "ol/layer/Layer";
import type { FrameState } from "ol/Map";
import { Flag, Kind } from "../api";
import { isDark, isLost, nameOf, type Picture, type Target } from "../picture";
import type { Layers } from "../store";
import { project } from "./mercator";
import type { Colours } from "./palette";
import { packed, Raster } from "./raster";
import { Sprites } from "./sprites";

/** A target whose position is older than this is not carried on. */
const CARRIED_MS = 180_000;
/** Slower than this nothing is under way. */
const STILL_KN = 3;
/** From so many in view on, symbols are small. */
const MANY = 1_500;
/** Names at most, each in a cell of its own. */
const NAMES = 160;
const NAME_CELL: readonly [number, number] = [96, 18];
/** Names are shown when fewer than this are in view; dark targets and those of alerts always. */
const NAMES_BELOW = 400;

/** What the layer shows, asked at each frame. */
export interface Shown {
  picture: Picture;
  colours: Colours;
  layers: Layers;
  vectorMin: number;
  selectedId: number | null;
  /** Drawn on top, in pixels of the map. */
  overlay(c: CanvasRenderingContext2D, toPixel: (x: number, y: number) => [number, number]): void;
}

/** A target where it is shown. */
interface Placed {
  target: Target;
  x: number;
  y: number;
}

export class TargetLayer extends Layer {
  private readonly canvas = document.createElement("canvas");
  private raster: Raster | null = null;
  private sprites: Sprites | null = null;
  private spritesOf: Colours | null = null;
  /** As last drawn: what the pointer is near is looked for here. */
  private placed: Placed[] = [];
  private ratio = 1;

  constructor(private readonly shown: () => Shown) {
    super({ className: "targets" });
    this.canvas.className = "targets-canvas";
    // Not left to the style sheet: OpenLayers unsets all of a canvas' styles there, and targets would lie under land.
    Object.assign(this.canvas.style, { position: "absolute", left: "0", top: "0" });
  }

  override render(frame: FrameState | null): HTMLElement {
    if (!frame) return this.canvas;
    const shown = this.shown();
    const [width, height] = [Math.round(frame.size[0]! * frame.pixelRatio), Math.round(frame.size[1]! * frame.pixelRatio)];
    if (this.raster?.width !== width || this.raster.height !== height) {
      this.raster = new Raster(Math.max(1, width), Math.max(1, height));
      this.canvas.width = width;
      this.canvas.height = height;
      this.canvas.style.width = `${frame.size[0]}px`;
      this.canvas.style.height = `${frame.size[1]}px`;
    }
    if (this.spritesOf !== shown.colours || this.ratio !== frame.pixelRatio) {
      this.ratio = frame.pixelRatio;
      this.spritesOf = shown.colours;
      this.sprites = new Sprites(shown.colours, frame.pixelRatio);
    }
    const c = this.canvas.getContext("2d");
    if (!c || !this.sprites) return this.canvas;
    const { center, resolution } = frame.viewState;
    const scale = frame.pixelRatio / resolution;
    const toPixel = (x: number, y: number): [number, number] => [
      (x - center[0]!) * scale + width / 2,
      height / 2 - (y - center[1]!) * scale,
    ];
    this.place(shown, toPixel, width, height);
    const small = this.placed.length > MANY;
    this.raster.clear();
    if (shown.layers.vectors) this.vectors(shown, scale);
    for (const { target, x, y } of this.placed) {
      const heading = target.headingDeg ?? target.cogDeg;
      const still = (target.sogKn ?? 0) < STILL_KN;
      this.raster.stamp(this.sprites.of(target.flags, heading, small && !isDark(target), still), x, y);
    }
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.putImageData(this.raster.image, 0, 0);
    c.scale(frame.pixelRatio, frame.pixelRatio);
    const css = (x: number, y: number): [number, number] => {
      const [px, py] = toPixel(x, y);
      return [px / frame.pixelRatio, py / frame.pixelRatio];
    };
    this.marks(c, shown, css);
    shown.overlay(c, css);
    return this.canvas;
  }

  /** The nearest target to a place on the screen, within so many pixels. */
  near([x, y]: readonly [number, number], within: number): Target | null {
    let [best, least] = [null as Target | null, within * within];
    for (const { target, x: px, y: py } of this.placed) {
      const away = (px / this.ratio - x) ** 2 + (py / this.ratio - y) ** 2;
      // Of two in one place the dark one is meant.
      if (away < least || (away === least && isDark(target))) [best, least] = [target, away];
    }
    return best;
  }

  private place(shown: Shown, toPixel: (x: number, y: number) => [number, number], width: number, height: number): void {
    const margin = 24;
    const placed: Placed[] = [];
    const dark: Placed[] = [];
    for (const target of shown.picture.targets.values()) {
      if (!shown.layers.aircraft && (target.flags & Flag.kind) === Kind.aircraft) continue;
      const [ex, ey] = carried(target, shown.picture.now);
      const [x, y] = toPixel(ex, ey);
      if (x < -margin || y < -margin || x > width + margin || y > height + margin) continue;
      (isDark(target) || (target.flags & Flag.alert) !== 0 ? dark : placed).push({ target, x: Math.round(x), y: Math.round(y) });
    }
    // What matters lies on top.
    this.placed = placed.concat(dark);
  }

  private vectors(shown: Shown, scale: number): void {
    const { colours, vectorMin } = shown;
    const [ais, radar, dark, air] = [colours.ais, colours.radar, colours.dark, colours.aircraft].map(packed);
    const ahead = vectorMin * 60 * scale;
    for (const { target, x, y } of this.placed) {
      if ((target.vx === 0 && target.vy === 0) || isLost(target)) continue;
      const of = (target.flags & Flag.kind) === Kind.aircraft ? air : (target.flags & Flag.cooperative) !== 0 ? ais : radar;
      // An aircraft's minute is a vessel's ten.
      const minutes = (target.flags & Flag.kind) === Kind.aircraft ? ahead / 6 : ahead;
      this.raster!.line(x, y, x + target.vx * minutes, y - target.vy * minutes, (isDark(target) ? dark : of)!);
    }
  }

  private marks(c: CanvasRenderingContext2D, shown: Shown, css: (x: number, y: number) => [number, number]): void {
    const { colours, layers, selectedId } = shown;
    c.font = "12px system-ui, sans-serif";
    c.textBaseline = "middle";
    c.lineJoin = "round";
    const taken = new Set<string>();
    let names = 0;
    const few = this.placed.length < NAMES_BELOW;
    // Those on top have their names first.
    for (let i = this.placed.length - 1; i >= 0; i--) {
      const { target, x: px, y: py } = this.placed[i]!;
      const [x, y] = [px / this.ratio, py / this.ratio];
      const alert = (target.flags & Flag.alert) !== 0;
      const selected = target.id === selectedId;
      if (alert) corners(c, x, y, 13, colours.alert, 2.4);
      if (selected) corners(c, x, y, 17, colours.selected, 2);
      if (layers.trails && (selected || alert || isDark(target))) trail(c, target, css, isDark(target) ? colours.dark : colours.trail);
      const named = alert || selected || (isDark(target) && (target.sogKn ?? 0) >= STILL_KN);
      if (!layers.labels || names >= NAMES || !(few || named)) continue;
      const cell = `${Math.floor(x / NAME_CELL[0])},${Math.floor(y / NAME_CELL[1])}`;
      if (taken.has(cell) && !named) continue;
      taken.add(cell);
      names++;
      c.lineWidth = 3;
      c.strokeStyle = colours.halo;
      c.fillStyle = isDark(target) ? colours.dark : colours.text;
      const name = nameOf(target);
      c.strokeText(name, x + 12, y + 1);
      c.fillText(name, x + 12, y + 1);
    }
  }
}

/** Where a target is at a time: carried on from its newest position. */
function carried(target: Target, now: number): [number, number] {
  const age = now - target.time;
  if (age <= 0 || age > CARRIED_MS) return [target.x, target.y];
  return [target.x + (target.vx * age) / 1000, target.y + (target.vy * age) / 1000];
}

/** The corners of a square round a place. */
export function corners(c: CanvasRenderingContext2D, x: number, y: number, r: number, colour: string, width: number): void {
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.beginPath();
  for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const) {
    c.moveTo(x + sx * r, y + sy * (r - 6));
    c.lineTo(x + sx * r, y + sy * r);
    c.lineTo(x + sx * (r - 6), y + sy * r);
  }
  c.stroke();
}

function trail(
  c: CanvasRenderingContext2D,
  target: Target,
  css: (x: number, y: number) => [number, number],
  colour: string,
): void {
  c.fillStyle = colour;
  for (let i = 0; i + 2 < target.trail.length; i += 3) {
    const [x, y] = css(...project([target.trail[i + 1]!, target.trail[i + 2]!]));
    c.fillRect(x - 1, y - 1, 2, 2);
  }
}
