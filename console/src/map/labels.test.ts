import { expect, test } from "vitest";
import { Labels, type Named } from "./labels";

/** A canvas that records text, with letters 7 pixels wide. */
function sheet() {
  const written: [string, number, number][] = [];
  const turned: number[] = [];
  const c = {
    font: "12px",
    measureText: (text: string) => ({ width: 7 * text.length }),
    strokeText: () => undefined,
    beginPath: () => undefined,
    moveTo: () => undefined,
    lineTo: () => undefined,
    stroke: () => undefined,
    save: () => undefined,
    restore: () => undefined,
    translate: () => undefined,
    rotate: (angle: number) => void turned.push(angle),
    fillText: (text: string, x: number, y: number) => void written.push([text, x, y]),
  };
  const labels = new Labels();
  labels.begin(400, 200);
  const write = (text: string, x: number, y: number, more: Partial<Named> = {}) =>
    labels.write(c as unknown as CanvasRenderingContext2D, { text, x, y, colour: "#000", away: 12, must: false, ...more }, "#fff");
  const along = (text: string, line: [number, number][]) =>
    labels.writeAlong(
      c as unknown as CanvasRenderingContext2D,
      text,
      { points: line, resolution: 2, toScreen: (x, y) => [x / 2, 200 - y / 2] },
      "#000",
      "#fff",
    );
  return { labels, write, written, along, turned };
}

test("a name stands right of its symbol, or left if the right is occupied", () => {
  const { write, written } = sheet();
  expect(write("FIRST", 100, 100)).toBe(true);
  expect(write("OTHER", 160, 100)).toBe(true);
  expect(write("THIRD", 110, 103)).toBe(true);
  expect(written[0]).toEqual(["FIRST", 112, 101]);
  expect(written[2]).toEqual(["THIRD", 63, 104]);
});

test("a name that must be there looks for room farther away, and lies on no other", () => {
  const { labels, write, written } = sheet();
  labels.keepFree(100, 100, 60);
  expect(write("NOBODY", 100, 100)).toBe(false);
  expect(write("DARK", 100, 100, { must: true })).toBe(true);
  for (let i = 0; i < 40; i++) write(`D${i}`, 100 + (i % 3), 100, { must: true });
  const boxes = written.map(([text, x, y]) => [x, y - 8, x + 7 * text.length, y + 6] as const);
  const overlaps = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]));
  expect(written.length).toBeGreaterThan(8);
  expect(overlaps).toEqual([]);
});

test("a name is written only if all of it is on the screen", () => {
  const { write, written } = sheet();
  expect(write("AT THE EDGE", 390, 100)).toBe(true);
  expect(written[0]?.[1]).toBe(390 - 12 - 77);
});

test("the name of a line stands along it, where there is room, and not upside down", () => {
  const { labels, written, along, turned } = sheet();
  along("LIMIT", [
    [760, 40],
    [40, 360],
  ]);
  along("OTHER", [
    [760, 40],
    [40, 360],
  ]);
  expect([written.map(([text]) => text), turned.map((angle) => angle.toFixed(2))]).toEqual([
    ["LIMIT", "OTHER"],
    ["0.42", "0.42"],
  ]);
  labels.occupy(0, 0, 400, 200);
  along("NOWHERE", [
    [40, 360],
    [760, 40],
  ]);
  expect(written).toHaveLength(2);
});
