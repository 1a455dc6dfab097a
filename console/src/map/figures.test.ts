import { expect, test } from "vitest";
import { type Figure, figures } from "./figures";
import { Labels } from "./labels";

/** Writes the figures of a map of 400 by 200 pixels, with letters 6 pixels wide; returns the boxes by text. */
function written(meridians: Figure[], parallels: Figure[]): Map<string, [number, number, number, number]> {
  const boxes = new Map<string, [number, number, number, number]>();
  const width = (text: string): number => 6 * text.length;
  const c = {
    font: "",
    measureText: (text: string) => ({ width: width(text) }),
    strokeText: () => undefined,
    fillText: (text: string, x: number, y: number) => void boxes.set(text, [x, y - 6, x + width(text), y + 6]),
  };
  const labels = new Labels();
  labels.begin(400, 200);
  figures(c as unknown as CanvasRenderingContext2D, labels, { meridians, parallels }, 400, "#000", "#fff");
  return boxes;
}

test("longitudes stand at the top, latitudes at the right above their line", () => {
  const boxes = written([{ text: "61° W", at: 100 }], [{ text: "13° N", at: 120 }]);
  expect([...boxes]).toEqual([
    ["13° N", [367, 106, 397, 118]],
    ["61° W", [85, 2, 115, 14]],
  ]);
});

test("no figure lies on another or over the edge, wherever the lines are", () => {
  for (let x = 300; x < 420; x += 7) {
    for (let y = -10; y < 60; y += 3) {
      const boxes = [...written([{ text: "59° 20′ W", at: x }], [{ text: "13° 40′ N", at: y }]).values()];
      for (const [left, top, right, bottom] of boxes) expect(left >= 0 && top >= 0 && right <= 400 && bottom <= 200).toBe(true);
      if (boxes.length < 2) continue;
      const [a, b] = [boxes[0]!, boxes[1]!];
      expect(a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3], `${x} ${y}`).toBe(false);
    }
  }
});
