import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TABLES, t } from "./index";

const { en, ...others } = TABLES;
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test("every language has every text, with its values", () => {
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
    entry.isDirectory() ? sources(join(folder, entry.name)) : /\.tsx?$/.test(entry.name) && !/test/.test(entry.name) ? [join(folder, entry.name)] : [],
  );
}

test("every text that is asked for is there", () => {
  const src = new URL("..", import.meta.url).pathname;
  const missing = sources(src).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\bt\("([a-z_.-]+)"/g)].map((m) => m[1]!).filter((key) => !(key in en!)),
  );
  expect(missing).toEqual([]);
  expect(t("queue.more", { n: 3 })).toContain("3");
});
