import { beforeAll, expect, test } from "vitest";
import { packed, Raster } from "./raster";
import type { Sprite } from "./sprites";

beforeAll(() => {
  globalThis.ImageData ??= class {
    readonly data: Uint8ClampedArray;
    constructor(
      readonly width: number,
      readonly height: number,
    ) {
      this.data = new Uint8ClampedArray(4 * width * height);
    }
  } as unknown as typeof ImageData;
});

const set = (raster: Raster): [number, number][] =>
  [...new Uint32Array(raster.image.data.buffer)].flatMap((pixel, at): [number, number][] =>
    pixel ? [[at % raster.width, Math.floor(at / raster.width)]] : [],
  );

/** A cross of five pixels for an image ten pixels wide. */
const cross: Sprite = {
  dx: Int16Array.of(0, -1, 1, 0, 0),
  dy: Int16Array.of(0, 0, 0, -1, 1),
  offset: Int32Array.of(0, -1, 1, -10, 10),
  colour: new Uint32Array(5).fill(packed("#ff0000")),
  reach: 2,
};

test("a symbol is copied to its position and clipped at the edge", () => {
  const raster = new Raster(10, 6);
  raster.stamp(cross, 5, 3);
  expect(set(raster)).toEqual([
    [5, 2],
    [4, 3],
    [5, 3],
    [6, 3],
    [5, 4],
  ]);
  raster.clear();
  raster.stamp(cross, 9, 0);
  expect(set(raster)).toEqual([
    [8, 0],
    [9, 0],
    [9, 1],
  ]);
});

test("lines are solid, thick or dashed, and clipped to the image", () => {
  const raster = new Raster(30, 6);
  raster.line(2, 2, 8, 2, packed("#00ff00"));
  expect(set(raster).map(([x]) => x)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  raster.clear();
  raster.line(0, 2, 14, 2, packed("#00ff00"), 1, 3);
  expect(set(raster).map(([x]) => x)).toEqual([0, 1, 2, 5, 6, 7, 10, 11, 12]);
  raster.clear();
  raster.line(2, 2, 3, 2, packed("#00ff00"), 2);
  expect(set(raster)).toEqual([
    [2, 2],
    [3, 2],
    [4, 2],
    [2, 3],
    [3, 3],
  ]);
  raster.clear();
  raster.line(-50, -50, 80, 80, packed("#00ff00"));
  expect(set(raster)).toEqual([0, 1, 2, 3, 4, 5].map((i) => [i, i]));
});

test("a colour has the format of an ImageData", () => {
  const raster = new Raster(1, 1);
  new Uint32Array(raster.image.data.buffer)[0] = packed("#123456");
  expect([...raster.image.data]).toEqual([0x12, 0x34, 0x56, 255]);
});
