import { expect, test } from "vitest";
import { ownLimits } from "./limits";

const square = (from: number, to: number): number[][] => [
  [from, 0],
  [to, 0],
  [to, 9],
  [from, 9],
  [from, 0],
];

test("a zone is not named along the limit of one nearer to the coast", () => {
  const [territorial, eez] = ownLimits([
    { kind: "territorial-sea", rings: [square(0, 10)] },
    { kind: "eez", rings: [square(10, 20)] },
  ]);
  expect(territorial).toEqual([square(0, 10)]);
  expect(eez).toEqual([
    [
      [10, 0],
      [20, 0],
      [20, 9],
      [10, 9],
    ],
  ]);
});

test("areas of one kind, and areas of no rank, keep all their limits", () => {
  const areas = [
    { kind: "eez", rings: [square(0, 10)] },
    { kind: "eez", rings: [square(10, 20)] },
    { kind: "approaches", rings: [square(10, 20)] },
  ];
  expect(ownLimits(areas)).toEqual(areas.map((area) => area.rings));
});
