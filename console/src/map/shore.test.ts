import Feature from "ol/Feature";
import MultiPolygon from "ol/geom/MultiPolygon";
import { expect, test } from "vitest";
import { shore } from "./shore";

const land = (ring: number[][]): Feature => new Feature(new MultiPolygon([[ring]]));
const BOX = [0, 0, 1000, 1000];

test("land has no coast where the data are cut", () => {
  const cut = land([
    [0, 100],
    [300, 100],
    [300, 200],
    [0, 200],
    [0, 150],
    [0, 100],
  ]);
  expect(shore(cut, BOX)?.getCoordinates()).toEqual([
    [
      [0, 100],
      [300, 100],
      [300, 200],
      [0, 200],
    ],
  ]);
  // At a corner the outline leaves by one side and returns by the other.
  const corner = land([
    [0, 50],
    [50, 50],
    [50, 0],
    [0, 0],
    [0, 50],
  ]);
  expect(shore(corner, BOX)?.getCoordinates()).toEqual([
    [
      [0, 50],
      [50, 50],
      [50, 0],
    ],
  ]);
});

test("a coast from one edge of the data to another is one line", () => {
  const across = land([
    [0, 500],
    [500, 1000],
    [0, 1000],
    [0, 500],
  ]);
  expect(shore(across, BOX)?.getCoordinates()).toEqual([
    [
      [0, 500],
      [500, 1000],
    ],
  ]);
});

test("the whole outline of an island is coast", () => {
  expect(
    shore(
      land([
        [10, 10],
        [20, 10],
        [20, 20],
        [10, 10],
      ]),
      BOX,
    ),
  ).toBeUndefined();
});
