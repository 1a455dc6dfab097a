import { expect, test } from "vitest";
import { scaleFor } from "./pointer";

test("the scale bar is the longest round figure that fits", () => {
  expect(scaleFor(0.1)).toEqual({ nm: 10, px: 100 });
  expect(scaleFor(0.01)).toEqual({ nm: 1, px: 100 });
  expect(scaleFor(0.03)).toEqual({ nm: 2, px: 2 / 0.03 });
});
