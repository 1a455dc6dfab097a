// Software raster of the targets: symbols, vectors and trails are copied into one image.

import type { Sprite } from "./sprites";

export class Raster {
  readonly image: ImageData;
  private readonly pixels: Uint32Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  clear(): void {
    this.pixels.fill(0);
  }

  stamp(sprite: Sprite, x: number, y: number): void {
    const { dx, dy, offset, colour, reach } = sprite;
    const { pixels, width, height } = this;
    const base = y * width + x;
    if (x >= reach && y >= reach && x < width - reach && y < height - reach) {
      for (let i = 0; i < colour.length; i++) pixels[base + offset[i]!] = colour[i]!;
      return;
    }
    for (let i = 0; i < colour.length; i++) {
      const [px, py] = [x + dx[i]!, y + dy[i]!];
      if (px >= 0 && py >= 0 && px < width && py < height) pixels[base + offset[i]!] = colour[i]!;
    }
  }

  /** Draws a line, clipped to the image. `dash` is the length of a dash in pixels, with gaps of two thirds; 0 is solid. */
  line(x0: number, y0: number, x1: number, y1: number, colour: number, thick = 1, dash = 0): void {
    const { pixels, width, height } = this;
    const steps = Math.min(4000, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
    if (steps === 0) return;
    const [sx, sy] = [(x1 - x0) / steps, (y1 - y0) / steps];
    const period = (dash * 5) / 3;
    for (let i = 0, x = x0, y = y0; i <= steps; i++, x += sx, y += sy) {
      if (dash > 0 && i % period >= dash) continue;
      const [px, py] = [x | 0, y | 0];
      if (px < 0 || py < 0 || px > width - thick || py > height - thick) continue;
      const at = py * width + px;
      pixels[at] = colour;
      for (let more = 1; more < thick; more++) pixels[at + more] = pixels[at + more * width] = colour;
    }
  }
}

/** Converts `#rrggbb` to a pixel of an ImageData. */
export function packed(colour: string): number {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return ((255 << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}
