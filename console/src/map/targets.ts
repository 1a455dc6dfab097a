// The target layer: thousands of symbols, vectors and trails per frame without a GPU, and names where there is room.

import { intersects } from "ol/extent";
import Layer from "ol/layer/Layer";
import type { FrameState } from "ol/Map";
import type { TrailRow } from "../api";
import { Flag, Kind } from "../constants";
import { isDark, isLost, nameOf, type Picture, type Target } from "../picture";
import type { Layers } from "../store";
import { carried } from "./carried";
import { type Figure, figures } from "./figures";
import { Labels } from "./labels";
import { project } from "./mercator";
import type { Colours } from "./palette";
import { corners, Pen, type ToScreen } from "./pen";
import { packed, Raster } from "./raster";
import { Sprites } from "./sprites";

/** Minimum speed of a target under way, knots. */
const STILL_KN = 3;
/** Number of targets in view from which symbols are small. */
const MANY = 1_500;
/** Maximum number of names; with more targets in view only important ones are named. */
const NAMES = 160;
const NAMES_BELOW = 600;
/** Number of targets in view below which all trails are shown. */
const TRAILS_BELOW = 150;
/** Map units per pixel below which buoys are named. */
const NEAR = 60;
/** Map units per pixel below which limits of sea areas are named. */
const LIMIT_NAMES = 2_000;
/** Size of the readout at the lower right corner, pixels. */
const READOUT: readonly [number, number] = [420, 56];
/** Margin in which targets outside the map are drawn, because their symbols reach in, pixels. */
const MARGIN = 24;

/** A named place, in map units; shown if a pixel is at most `most` map units. */
export interface Place {
  text: string;
  x: number;
  y: number;
  colour: string;
  below: number;
  /** Whether the name looks for room farther away: islands and ports, by which an officer finds his way. */
  must: boolean;
}

/** The named limits of a sea area, in map units. */
export interface Limit {
  text: string;
  extent: readonly number[];
  lines: readonly (readonly (readonly number[])[])[];
}

/** Content of the layer, requested for each frame. */
export interface Shown {
  picture: Picture;
  /** Event time to which targets are extrapolated, and its rate against real time. */
  now: number;
  rate: number;
  colours: Colours;
  layers: Layers;
  vectorMin: number;
  selectedId: number | null;
  /** Earlier trails of the selected track and of an alert's subjects, by track. */
  trails: ReadonlyMap<number, readonly TrailRow[]>;
  places: readonly Place[];
  limits: readonly Limit[];
  /** Lines of the graticule in view, in map units. */
  graticule(): { meridians: readonly Figure[]; parallels: readonly Figure[] };
  /** Subject keys of silenced vessels. */
  silenced: ReadonlySet<string>;
  /** Draws on top of the targets. */
  overlay(pen: Pen): void;
}

/** A target at its position on the canvas, pixels. */
interface Placed {
  target: Target;
  x: number;
  y: number;
}

const isAircraft = ({ flags }: Target): boolean => (flags & Flag.kind) === Kind.aircraft;
const hasAlert = ({ flags }: Target): boolean => (flags & Flag.alert) !== 0;
const isStill = ({ sogKn }: Target): boolean => (sogKn ?? 0) < STILL_KN;
/** Whether a target is selected, or a subject of the selected alert. */
const isSelected = ({ id }: Target, { selectedId, trails }: Shown): boolean => id === selectedId || trails.has(id);
/** Whether a target must stand out among many. */
const matters = (target: Target, shown: Shown): boolean =>
  hasAlert(target) || isSelected(target, shown) || (isDark(target) && !isStill(target));
/** Whether a target is named at large scales only: buoys and nets. */
const nearEnough = ({ flags }: Target, resolution: number): boolean =>
  resolution < NEAR || ((flags & Flag.kind) !== Kind.fixed && (flags & Flag.kind) !== Kind.netBuoy);

export class TargetLayer extends Layer {
  private readonly canvas = document.createElement("canvas");
  private readonly labels = new Labels();
  private raster = new Raster(1, 1);
  private sprites: Sprites | null = null;
  private spritesOf: Colours | null = null;
  /** Targets as last drawn, for the pointer. Important ones come last and lie on top. */
  private placed: Placed[] = [];
  private ratio = 1;
  /** Targets that are named in this frame. */
  private readonly written = new Set<number>();
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly shown: () => Shown) {
    super({ className: "targets" });
    this.canvas.className = "targets-canvas";
    // Set here and not in the style sheet, because OpenLayers resets the canvas' styles and targets would lie under land.
    Object.assign(this.canvas.style, { position: "absolute", left: "0", top: "0" });
  }

  override render(frame: FrameState | null): HTMLElement {
    const c = this.canvas.getContext("2d");
    if (!frame || !c) return this.canvas;
    const shown = this.shown();
    const sprites = this.fit(frame, shown.colours);
    const { width, height } = this.raster;
    const { center, resolution } = frame.viewState;
    const scale = frame.pixelRatio / resolution;
    const toPixel: ToScreen = (x, y) => [(x - center[0]!) * scale + width / 2, height / 2 - (y - center[1]!) * scale];
    const fastest = this.place(shown, toPixel, width, height);
    this.raster.clear();
    if (shown.layers.trails) this.trails(shown, toPixel);
    if (shown.layers.vectors) this.vectors(shown, scale);
    const small = this.placed.length > MANY;
    for (const { target, x, y } of this.placed) {
      const heads = target.headingDeg !== null && !isStill(target);
      const shape = sprites.of(target.flags, target.headingDeg ?? target.cogDeg, small && !isDark(target), isStill(target), heads);
      this.raster.stamp(shape, x, y);
    }
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.putImageData(this.raster.image, 0, 0);
    c.scale(frame.pixelRatio, frame.pixelRatio);
    const css: ToScreen = (x, y) => {
      const [px, py] = toPixel(x, y);
      return [px / frame.pixelRatio, py / frame.pixelRatio];
    };
    this.boxes(c, shown, css);
    c.textBaseline = "middle";
    c.lineJoin = "round";
    this.begin(frame.size as [number, number]);
    this.figures(c, shown, css, frame.size[0]!);
    this.keepFree(shown);
    shown.overlay(new Pen(c, css, shown.colours, this.labels));
    if (shown.layers.labels) {
      this.write(c, shown, (target) => isSelected(target, shown));
      this.write(c, shown, (target) => matters(target, shown));
    }
    // Ports and islands before ordinary targets: by them an officer knows where he looks.
    if (shown.layers.places) this.placeNames(c, shown, css, frame.size as [number, number], resolution, true);
    this.names(c, shown, resolution);
    if (shown.layers.places) this.placeNames(c, shown, css, frame.size as [number, number], resolution, false);
    if (shown.layers.zones && resolution < LIMIT_NAMES) this.limitNames(c, shown, css, frame.extent, resolution);
    if (shown.layers.labels && this.isFew()) this.write(c, shown, (target) => isStill(target) && nearEnough(target, resolution));
    this.drawAgain(fastest * scale * shown.rate);
    return this.canvas;
  }

  /** Nearest target to a point on the screen, within a distance in pixels. */
  near([x, y]: readonly [number, number], within: number): Target | null {
    let [best, least] = [null as Target | null, within * within];
    for (const { target, x: px, y: py } of this.placed) {
      const away = (px / this.ratio - x) ** 2 + (py / this.ratio - y) ** 2;
      // At equal distance the dark target wins.
      if (away < least || (away === least && isDark(target))) [best, least] = [target, away];
    }
    return best;
  }

  override disposeInternal(): void {
    clearTimeout(this.again);
    super.disposeInternal();
  }

  /** Prepares canvas and symbols for the map's size and palette. */
  private fit(frame: FrameState, colours: Colours): Sprites {
    const [width, height] = frame.size.map((side) => Math.max(1, Math.round(side * frame.pixelRatio))) as [number, number];
    const resized = this.raster.width !== width || this.raster.height !== height;
    if (resized) {
      this.raster = new Raster(width, height);
      [this.canvas.width, this.canvas.height] = [width, height];
      Object.assign(this.canvas.style, { width: `${frame.size[0]}px`, height: `${frame.size[1]}px` });
    }
    if (!this.sprites || resized || this.spritesOf !== colours || this.ratio !== frame.pixelRatio) {
      this.ratio = frame.pixelRatio;
      this.spritesOf = colours;
      this.sprites = new Sprites(colours, frame.pixelRatio, width);
    }
    return this.sprites;
  }

  /** Collects the targets in view at their present positions. Returns the highest speed, map units per second. */
  private place(shown: Shown, toPixel: ToScreen, width: number, height: number): number {
    const placed: Placed[] = [];
    const matter: Placed[] = [];
    let fastest = 0;
    for (const target of shown.picture.targets.values()) {
      if (!shown.layers.aircraft && isAircraft(target)) continue;
      const [x, y] = toPixel(...carried(target, shown.now));
      if (x < -MARGIN || y < -MARGIN || x > width + MARGIN || y > height + MARGIN) continue;
      const speed = Math.max(Math.abs(target.vx), Math.abs(target.vy));
      if (speed > fastest && !isLost(target)) fastest = speed;
      (isDark(target) || hasAlert(target) ? matter : placed).push({ target, x: Math.round(x), y: Math.round(y) });
    }
    this.placed = placed.concat(matter);
    return fastest;
  }

  /** Schedules the next frame for when a target has moved by a pixel; a new picture arrives every second anyway. */
  private drawAgain(pixelsPerSecond: number): void {
    clearTimeout(this.again);
    if (pixelsPerSecond > 1) this.again = setTimeout(() => this.changed(), Math.max(40, 1000 / pixelsPerSecond));
  }

  /** Converts pixels of the page to pixels of the canvas. */
  private readonly thick = (pixels: number): number => Math.max(1, Math.round(pixels * this.ratio));

  private trails(shown: Shown, toPixel: ToScreen): void {
    const [plain, dark] = [packed(shown.colours.trail), packed(shown.colours.dark)];
    const few = this.placed.length < TRAILS_BELOW;
    for (const { target, x, y } of this.placed) {
      const told = shown.trails.get(target.id);
      const wanted = isSelected(target, shown);
      if (!few && !wanted && !hasAlert(target) && !isDark(target)) continue;
      const before = (told ?? []).filter(([time]) => time <= shown.now);
      const points = before.map(([, lon, lat]) => toPixel(...project([lon, lat])));
      const known = before.at(-1)?.[0] ?? 0;
      for (let i = 0; i + 2 < target.trail.length; i += 3) {
        if (target.trail[i]! > known) points.push(toPixel(...project([target.trail[i + 1]!, target.trail[i + 2]!])));
      }
      points.push([x, y]);
      for (let i = 1; i < points.length; i++) {
        this.raster.line(...points[i - 1]!, ...points[i]!, isDark(target) ? dark : plain, this.thick(wanted ? 2 : 1));
      }
    }
  }

  private vectors(shown: Shown, scale: number): void {
    const { colours, vectorMin } = shown;
    const [ais, radar, dark, air] = [packed(colours.ais), packed(colours.radar), packed(colours.dark), packed(colours.aircraft)];
    const dash = this.placed.length > MANY ? 0 : 6 * this.ratio;
    for (const { target, x, y } of this.placed) {
      if ((target.vx === 0 && target.vy === 0) || isLost(target)) continue;
      const of = isAircraft(target) ? air : (target.flags & Flag.cooperative) !== 0 ? ais : radar;
      // Vectors of aircraft are six times shorter in time.
      const ahead = vectorMin * 60 * scale * (isAircraft(target) ? 1 / 6 : 1);
      const [ex, ey] = [x + target.vx * ahead, y - target.vy * ahead];
      if (isDark(target)) this.raster.line(x, y, ex, ey, dark, this.thick(2));
      else this.raster.line(x, y, ex, ey, of, this.thick(1), dash);
    }
  }

  /** Draws a box around targets with an alert, corners around the selection, and the extrapolated part of its way. */
  private boxes(c: CanvasRenderingContext2D, shown: Shown, css: ToScreen): void {
    const { colours, selectedId } = shown;
    for (const { target, x: px, y: py } of this.placed) {
      const [x, y] = [px / this.ratio, py / this.ratio];
      const isSilenced = shown.silenced.has(target.about?.key ?? "");
      if (hasAlert(target)) {
        // Alerts from before the silence stay open, and extreme ones are raised.
        c.strokeStyle = colours.alert;
        c.lineWidth = 2.2;
        c.strokeRect(x - 13, y - 13, 26, 26);
      } else if (isSilenced) {
        c.strokeStyle = colours.lost;
        c.lineWidth = 1.6;
        c.setLineDash([3, 3]);
        c.strokeRect(x - 13, y - 13, 26, 26);
        c.setLineDash([]);
      }
      if (isSilenced) {
        // Only extreme alerts about it are raised: its box is crossed once.
        c.beginPath();
        c.moveTo(x - 13, y + 13);
        c.lineTo(x + 13, y - 13);
        c.stroke();
      }
      if (target.id !== selectedId) continue;
      corners(c, x, y, colours.selected);
      const [fx, fy] = css(target.x, target.y);
      if (Math.hypot(fx - x, fy - y) < 6) continue;
      // From the last report to the extrapolated position.
      c.lineWidth = 1.4;
      c.setLineDash([3, 3]);
      c.beginPath();
      c.moveTo(fx, fy);
      c.lineTo(x, y);
      c.stroke();
      c.setLineDash([]);
      c.beginPath();
      c.arc(fx, fy, 3, 0, 2 * Math.PI);
      c.stroke();
    }
  }

  private readonly isFew = (): boolean => this.placed.length < NAMES_BELOW;

  /** Reserves the space of the readout. */
  private begin(size: [number, number]): void {
    this.labels.begin(...size);
    // The scale and the position of the pointer stand there.
    this.labels.occupy(size[0] - READOUT[0], size[1] - READOUT[1], READOUT[0], READOUT[1]);
  }

  private figures(c: CanvasRenderingContext2D, { graticule, colours }: Shown, css: ToScreen, width: number): void {
    const { meridians, parallels } = graticule();
    const lines = {
      meridians: meridians.map(({ text, at }) => ({ text, at: css(at, 0)[0] })),
      parallels: parallels.map(({ text, at }) => ({ text, at: css(0, at)[1] })),
    };
    figures(c, this.labels, lines, width, colours.text, colours.halo);
  }

  /** Reserves space so that names do not cover symbols: all symbols if there are few, or else important ones. */
  private keepFree(shown: Shown): void {
    this.written.clear();
    const few = this.isFew();
    for (const { target, x, y } of this.placed) {
      const matter = matters(target, shown);
      if (few || matter) this.labels.keepFree(x / this.ratio, y / this.ratio, matter ? 10 : 5);
    }
  }

  private names(c: CanvasRenderingContext2D, shown: Shown, resolution: number): void {
    if (!shown.layers.labels) return;
    if (this.isFew()) this.write(c, shown, (target) => !isStill(target) && nearEnough(target, resolution));
  }

  /** Writes names of targets that have none yet, from the topmost down. */
  private write(c: CanvasRenderingContext2D, shown: Shown, which: (target: Target) => boolean): void {
    c.font = "12px system-ui, sans-serif";
    const { colours } = shown;
    for (let i = this.placed.length - 1; i >= 0 && this.written.size < NAMES; i--) {
      const { target, x, y } = this.placed[i]!;
      const inView = x >= 0 && y >= 0 && x < this.raster.width && y < this.raster.height;
      if (!inView || this.written.has(target.id) || !which(target)) continue;
      const matter = matters(target, shown);
      const named = {
        text: nameOf(target),
        x: x / this.ratio,
        y: y / this.ratio,
        away: matter ? 17 : 11,
        colour: isDark(target) ? colours.dark : matter ? colours.text : colours.name,
        must: isSelected(target, shown) || hasAlert(target),
      };
      if (this.labels.write(c, named, colours.halo)) this.written.add(target.id);
    }
  }

  /** Writes the names of sea areas along their limits. */
  private limitNames(c: CanvasRenderingContext2D, shown: Shown, toScreen: ToScreen, view: FrameState["extent"], resolution: number): void {
    c.font = "11px system-ui, sans-serif";
    for (const { text, extent, lines } of shown.limits) {
      if (!view || !intersects([...extent], view)) continue;
      for (const points of lines) this.labels.writeAlong(c, text, { points, resolution, toScreen }, shown.colours.zone, shown.colours.halo);
    }
  }

  private placeNames(
    c: CanvasRenderingContext2D,
    shown: Shown,
    css: ToScreen,
    [width, height]: [number, number],
    resolution: number,
    must: boolean,
  ): void {
    c.font = "italic 11px system-ui, sans-serif";
    for (const place of shown.places) {
      if (resolution > place.below || place.must !== must) continue;
      const [x, y] = css(place.x, place.y);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      this.labels.write(c, { text: place.text, x, y, colour: place.colour, away: 5, must: place.must }, shown.colours.halo);
    }
  }
}
