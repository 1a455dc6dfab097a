// Places names on the map without overlap: the most important first, each where there is room beside its symbol.

/** Size of a cell of the occupancy grid, pixels. */
const CELL = 6;
const HEIGHT = 14;
/** Distances and directions in which a name that must be written looks for room, pixels. */
const STEP = 14;
const FARTHEST = 112;
const DIRECTIONS = 12;
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
    c.lineWidth = 3;
    c.strokeStyle = halo;
    c.fillStyle = named.colour;
    c.strokeText(named.text, left, middle + 1);
    c.fillText(named.text, left, middle + 1);
    return true;
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
