// No word of the page is told by pointing alone: a tooltip reaches neither fingers nor keys.

import { expect, test } from "vitest";

/** Tooltips in a component's source: an attribute `title` of an element, whose name begins with a small letter, and `<title>` in a drawing. */
const tooltips = (source: string): string[] => source.match(/<title>|<[a-z](?:[^<]|<(?![A-Za-z/]))*?\stitle=/g) ?? [];

const sources = import.meta.glob<string>("./**/*.tsx", { query: "?raw", import: "default", eager: true });

test("tooltips are found", () => {
  expect(tooltips('<Drawer title="a"><b onClick={() => 1} title="b">c</b></Drawer>')).toHaveLength(1);
  expect(tooltips("<svg><title>a</title></svg>")).toHaveLength(1);
});

test.each(Object.keys(sources))("%s has no tooltip", (path) => {
  expect(tooltips(sources[path]!)).toEqual([]);
});
