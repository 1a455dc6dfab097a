import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COLOURS } from "./map/palette";

const css = readFileSync(new URL("style.css", import.meta.url), "utf8");

/** Colours that a palette defines. */
function colours(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0]!;
  return new Map([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]));
}

/** Relative luminance of a colour (WCAG 2.2). */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const WORDS = ["text", "faint", "good", "bad", "minor", "moderate", "severe", "extreme", "link"];
/** Pairs of text colour and background colour. */
const PAIRS: [string, string][] = [
  ...WORDS.flatMap((word): [string, string][] => [
    [word, "panel"],
    [word, "raised"],
  ]),
  ["on-accent", "accent"],
  ["panel", "bad"],
  ["panel", "exercise"],
  ["panel", "extreme"],
];

test.each([":root", '[data-palette="dusk"]', '[data-palette="night"]'])("every text of %s has a contrast of 4.5", (selector) => {
  const all = new Map([...colours(":root"), ...colours(selector)]);
  const poor = PAIRS.map(([text, ground]) => [text, ground, contrast(all.get(text)!, all.get(ground)!).toFixed(2)] as const).filter(
    ([, , c]) => Number(c) < 4.5,
  );
  expect(poor).toEqual([]);
});

test("the focus outline has a contrast of 3", () => {
  for (const selector of [":root", '[data-palette="dusk"]', '[data-palette="night"]']) {
    const all = new Map([...colours(":root"), ...colours(selector)]);
    expect(contrast(all.get("focus")!, all.get("panel")!), selector).toBeGreaterThan(3);
  }
});

test("by night nothing of page and map is brighter than what is extreme", () => {
  const page = colours('[data-palette="night"]');
  const map = Object.entries(COLOURS.night).filter((one): one is [string, string] => /^#[0-9a-f]{6}$/.test(String(one[1])));
  const brighter = (all: Iterable<[string, string]>, than: string) =>
    [...all].filter(([, colour]) => luminance(colour) > luminance(than)).map(([name]) => name);
  expect([brighter(page, page.get("extreme")!), brighter(map, COLOURS.night.alert)]).toEqual([[], []]);
});
