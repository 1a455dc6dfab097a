// Places names on the map without overlap: the most important first, each where there is room beside its symbol.

/** Size of a cell of the occupancy grid, pixels. */
const CELL = 6;
const HEIGHT = 14;
/** Distances and directions in which a name that must be written looks for room, pixels. */
const STEP = 14;
const FARTHEST = 112;
const DIRECTIONS = 12;
/** Distances along a line at which a name is tried, and after which it is written again, pixels; and that of its middle from the line. */
const TRY_EVERY = 40;
const AGAIN_AFTER = 700;
const ABOVE = 8;
/** Maximum number of cached text widths. */
const WIDTHS = 4_000;

/** A name to place. */
export interface Named {
  text: string;
  /** Position of the named symbol on the screen, pixels. */
  x: number;
  y: number;
  colour: string;
  /** Distance of the name from the symbol, pixels. */
  away: number;
  /** Whether the name is written farther away, with a line to its symbol, if there is no room beside it. */
  must: boolean;
}

/** A line in map units, and how it is on the screen. */
export interface Line {
  points: readonly (readonly number[])[];
  /** Map units per pixel. */
  resolution: number;
  toScreen(x: number, y: number): [number, number];
}

export class Labels {
  private cells = new Uint8Array(0);
  private columns = 0;
  private rows = 0;
  private readonly widths = new Map<string, number>();

  /** Clears the grid for a new frame. */
  begin(width: number, height: number): void {
    this.columns = Math.ceil(width / CELL);
    this.rows = Math.ceil(height / CELL);
    const size = this.columns * this.rows;
    if (this.cells.length === size) this.cells.fill(0);
    else this.cells = new Uint8Array(size);
  }

  /** Marks the space of a symbol as occupied. */
  keepFree(x: number, y: number, reach: number): void {
    this.cover(x - reach, y - reach, 2 * reach, 2 * reach, true);
  }

  /** Writes a name if there is room. Returns whether it was written. */
  write(c: CanvasRenderingContext2D, named: Named, halo: string): boolean {
    const width = this.width(c, named.text);
    const { x, y, away } = named;
    const beside: [number, number][] = [
      [x + away, y],
      [x - away - width, y],
      [x - width / 2, y - away - 7],
      [x - width / 2, y + away + 7],
    ];
    const isFree = ([left, middle]: readonly [number, number]): boolean => this.cover(left, middle - HEIGHT / 2, width, HEIGHT, false);
    const free = beside.find(isFree) ?? (named.must ? this.farther(x, y, away, width, isFree) : undefined);
    if (!free) return false;
    const [left, middle] = free;
    this.cover(left, middle - HEIGHT / 2, width, HEIGHT, true);
    if (!beside.includes(free as [number, number])) leader(c, x, y, left, middle, width, named.colour);
    this.draw(c, named.text, left, middle + 1, named.colour, halo);
    return true;
  }

  /** Writes a text at a place if all of it is free. */
  writeAt(
    c: CanvasRenderingContext2D,
    text: string,
    { middle, ...across }: { middle: number } & ({ centre: number } | { right: number }),
    colour: string,
    halo: string,
  ): void {
    const width = this.width(c, text);
    const left = "right" in across ? across.right - width : across.centre - width / 2;
    if (!this.cover(left, middle - HEIGHT / 2, width, HEIGHT, false)) return;
    this.cover(left, middle - HEIGHT / 2, width, HEIGHT, true);
    this.draw(c, text, left, middle, colour, halo);
  }

  /**
   * Writes names along a line in map units wherever there is room, far from each other: the middle of each stands at a point of the line.
   * Points are counted from the line's beginning, so that names stay where they are while the map moves.
   */
  writeAlong(c: CanvasRenderingContext2D, text: string, line: Line, colour: string, halo: string): void {
    const width = this.width(c, text);
    let [along, next, last] = [0, TRY_EVERY, -Infinity];
    for (let i = 1; i < line.points.length; i++) {
      const [from, to] = [line.points[i - 1]!, line.points[i]!];
      const [east, north] = [to[0]! - from[0]!, to[1]! - from[1]!];
      const length = Math.hypot(east, north) / line.resolution;
      for (; next <= along + length; next += TRY_EVERY) {
        if (next - last < AGAIN_AFTER) continue;
        const share = (next - along) / length;
        // Never upside down.
        const unit = (east < 0 ? -1 : 1) / (length * line.resolution);
        const [dx, dy] = [east * unit, -north * unit];
        const [px, py] = line.toScreen(from[0]! + share * east, from[1]! + share * north);
        const [x, y] = [px + ABOVE * dy, py - ABOVE * dx];
        if (!this.takeAlong(x, y, dx, dy, width)) continue;
        last = next;
        c.save();
        c.translate(x, y);
        c.rotate(Math.atan2(dy, dx));
        this.draw(c, text, -width / 2, 0, colour, halo);
        c.restore();
      }
      along += length;
    }
  }

  /** Occupies the space of a slanted name, if all of it is free. */
  private takeAlong(x: number, y: number, dx: number, dy: number, width: number): boolean {
    const parts = Math.ceil(width / HEIGHT);
    const boxes = Array.from({ length: parts }, (_, i) => (i + 0.5 - parts / 2) * (width / parts)).map(
      (at) => [x + at * dx - HEIGHT / 2, y + at * dy - HEIGHT / 2] as const,
    );
    if (!boxes.every(([left, top]) => this.cover(left, top, HEIGHT, HEIGHT, false))) return false;
    for (const [left, top] of boxes) this.cover(left, top, HEIGHT, HEIGHT, true);
    return true;
  }

  private draw(c: CanvasRenderingContext2D, text: string, left: number, middle: number, colour: string, halo: string): void {
    c.lineWidth = 3;
    c.strokeStyle = halo;
    c.fillStyle = colour;
    c.strokeText(text, left, middle);
    c.fillText(text, left, middle);
  }

  /** Returns a free place for a name around its symbol, farther and farther away. */
  private farther(
    x: number,
    y: number,
    away: number,
    width: number,
    isFree: (place: readonly [number, number]) => boolean,
  ): readonly [number, number] | undefined {
    for (let reach = away + STEP; reach <= away + FARTHEST; reach += STEP) {
      for (let i = 0; i < DIRECTIONS; i++) {
        const angle = (2 * Math.PI * i) / DIRECTIONS;
        const [px, py] = [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
        const place = [px - (Math.cos(angle) < -0.1 ? width : Math.cos(angle) < 0.1 ? width / 2 : 0), py] as const;
        if (isFree(place)) return place;
      }
    }
    return undefined;
  }

  /** Marks a box of the screen as occupied. */
  occupy(left: number, top: number, width: number, height: number): void {
    this.cover(left, top, width, height, true);
  }

  private width(c: CanvasRenderingContext2D, text: string): number {
    const key = c.font + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      if (this.widths.size >= WIDTHS) this.widths.clear();
      width = c.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }

  /** Occupies the cells of a box, or checks that all are on the grid and free. */
  private cover(left: number, top: number, width: number, height: number, take: boolean): boolean {
    const [x0, y0] = [Math.floor(left / CELL), Math.floor(top / CELL)];
    const [x1, y1] = [Math.floor((left + width) / CELL), Math.floor((top + height) / CELL)];
    if (!take && (x0 < 0 || y0 < 0 || x1 >= this.columns || y1 >= this.rows)) return false;
    for (let row = Math.max(0, y0); row <= Math.min(this.rows - 1, y1); row++) {
      for (let column = Math.max(0, x0); column <= Math.min(this.columns - 1, x1); column++) {
        if (take) this.cells[row * this.columns + column] = 1;
        else if (this.cells[row * this.columns + column]) return false;
      }
    }
    return true;
  }
}

/** Draws a thin line from a symbol to its name. */
function leader(c: CanvasRenderingContext2D, x: number, y: number, left: number, middle: number, width: number, colour: string): void {
  const end = Math.min(Math.max(x, left), left + width);
  c.strokeStyle = colour;
  c.lineWidth = 0.8;
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(end, middle + Math.sign(y - middle) * (HEIGHT / 2));
  c.stroke();
}
