import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OUTCOMES } from "../constants";
import { quantity } from "../format";
import { TABLES, t } from "./index";

const { en, ...others } = TABLES;
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test("every language has every text, with the same values", () => {
  for (const [code, table] of Object.entries(others)) {
    expect(Object.keys(table), code).toEqual(Object.keys(en!));
    for (const [key, text] of Object.entries(table)) {
      expect(text, `${code} ${key}`).not.toBe("");
      expect(placeholders(text), `${code} ${key}`).toEqual(placeholders(en![key as keyof typeof en]));
    }
  }
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(join(folder, entry.name))
      : /\.tsx?$/.test(entry.name) && !/test/.test(entry.name)
        ? [join(folder, entry.name)]
        : [],
  );
}

test("every text that the sources use exists", () => {
  const src = new URL("..", import.meta.url).pathname;
  const missing = sources(src).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\bt\("([a-z_.-]+)"/g)].map((m) => m[1]!).filter((key) => !(key in en!)),
  );
  expect(missing).toEqual([]);
  expect(t("queue.more", { n: 3 })).toContain("3");
});

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const all = (text: string, form: RegExp): string[] => [...new Set([...text.matchAll(form)].map((m) => m[1]!))];
/** Texts whose key is composed at run time. */
const given: Record<string, () => string[]> = {
  pattern: () => all(read("docs/patterns.md"), /^## `([a-z-]+)`$/gm),
  limit: () => all(read("docs/patterns.md"), /^\| `[a-z_]+` \| .*? \| `[^`]*` \| `([a-z_]+)` \|/gm).map((name) => quantity(name).word),
  end: () => all(read("src/model/alert.rs"), /EndReason::\w+ => "([a-z-]+)"/g),
  outcome: () => [...OUTCOMES],
  keys: () => all(read("console/src/keys.ts"), /key: "[^"]+", name: "([a-z_]+)"/g),
  reason: () =>
    readdirSync(new URL("../../../src/patterns", import.meta.url)).flatMap((file) =>
      all(
        read(`src/patterns/${file}`),
        /(?:then_some|CannotJudge|cannot_judge|=> Some|return Some|reason = )\(?(?:self\.rule, )?"([a-z]+-[a-z-]+|clutter|ghost|passing|gathering|convergence)"/g,
      ),
    ),
};

test.each(Object.keys(given))("every %s has its words", (kind) => {
  const names = given[kind]!();
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !(`${kind}.${name}` in en!))).toEqual([]);
});
