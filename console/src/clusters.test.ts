import { expect, test } from "vitest";
import type { TimelineMark } from "./api";
import { clustered, widthOf } from "./clusters";

const mark = (time: number, severity: TimelineMark["severity"] = "minor"): TimelineMark => ({
  time,
  severity,
  id: String(time),
  number: time,
  pattern: "zone",
});

test("marks apart stay alone, marks that overlap are one with the worst severity", () => {
  const clusters = clustered([mark(100), mark(0), mark(105, "severe"), mark(122), mark(200)], 1);
  expect(clusters.map(({ marks, severity }) => [marks.map(({ time }) => time), severity])).toEqual([
    [[0], "minor"],
    [[100, 105, 122], "severe"],
    [[200], "minor"],
  ]);
});

test("nothing that is drawn overlaps, and no mark is lost", () => {
  const marks = Array.from({ length: 300 }, (_, i) => mark((i * 7919) % 86_400));
  const scale = 930 / 86_400;
  const clusters = clustered(marks, scale);
  for (const [i, { marks: own }] of clusters.slice(0, -1).entries()) {
    const apart = (clusters[i + 1]!.marks[0]!.time - own[0]!.time) * scale;
    expect(apart).toBeGreaterThanOrEqual(widthOf(own.length));
  }
  expect(clusters.reduce((sum, { marks: own }) => sum + own.length, 0)).toBe(300);
});
