import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OUTCOMES } from "../constants";
import { quantity } from "../format";
import { sign } from "../limits";
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
/** The words of the program, written by `cargo test config::reference`. */
interface Words {
  patterns: Record<string, string>;
  limits: Record<string, { name: string; unit: string }>;
  reasons: Record<string, string>;
  checks: Record<string, string>;
  ends: string[];
}
const words = JSON.parse(read("docs/schema/words.json")) as Words;
interface Schema {
  definitions: { AlertSubject: { properties: { ship_type: { enum: (string | null)[] } } } };
}
const shipTypes = (JSON.parse(read("docs/schema/alert.schema.json")) as Schema).definitions.AlertSubject.properties.ship_type.enum;
/** Texts whose key is composed at run time. */
const given: Record<string, string[]> = {
  pattern: Object.keys(words.patterns),
  limit: [...new Set(Object.keys(words.limits).map((name) => quantity(name).word))],
  reason: Object.keys(words.reasons),
  check: Object.keys(words.checks),
  end: words.ends,
  outcome: [...OUTCOMES],
  ship: shipTypes.filter((name) => name !== null),
  nav: all(read("src/console/frame.rs"), /^ {8}\d+ => "([^"]+)",$/gm).map((name) => name.replaceAll(" ", "_")),
  zone: all(read("src/model/geography.rs"), /ZoneKind::\w+ => "([a-z-]+)"/g),
  // Words that stand for limits and measured values, from the reference page.
  word: all(read("docs/patterns.md"), /(?:one|some) of ((?:`[a-z-]+`(?:, )?)+)/g).flatMap((list) => all(list, /`([a-z-]+)`/g)),
  // The last two are buttons of an alert's panel, without a key.
  keys: [...all(read("console/src/keys.ts"), /key: "[^"]+", name: "([a-z_]+)"/g), "disclose", "withhold"],
};

test.each(Object.keys(given))("every %s has its text in every language", (kind) => {
  const names = given[kind]!;
  expect(names.length).toBeGreaterThan(4);
  const missing = Object.entries(TABLES).flatMap(([language, table]) =>
    names.filter((name) => !(`${kind}.${name}` in table)).map((name) => `${language}: ${kind}.${name}`),
  );
  expect(missing).toEqual([]);
});

test.each(["pattern", "limit", "reason", "check", "end", "outcome", "ship", "nav"])("no text names a %s that does not exist", (kind) => {
  const keys = Object.keys(en!).filter((key) => key.startsWith(`${kind}.`));
  expect(keys.filter((key) => !given[kind]!.includes(key.slice(kind.length + 1)))).toEqual([]);
});

test("every limit has the sign of the reference page", () => {
  let pattern = "";
  const wrong: string[] = [];
  for (const line of read("docs/patterns.md").split("\n")) {
    pattern = /^## `([a-z-]+)`/.exec(line)?.[1] ?? pattern;
    const [, base, want] = /^\| `([a-z_]+)` \| ([≥≤<]?) ?\|/.exec(line) ?? [];
    if (base !== undefined && sign(pattern, base) !== want) wrong.push(`${pattern} ${base}: ${want}`);
  }
  expect(wrong).toEqual([]);
});

/** Words that say something else to officers, with the reason. */
const WRONG: [language: string, form: RegExp, reason: string][] = [
  ["fr", /(?<!non )\blevée?s?\b|\blèvent?\b/i, "an alert that is lifted is over"],
  ["es", /\bacus(?!ar recibo|e\b|e de recibo)\w*/i, "without 'recibo' it accuses"],
  ["es", /\btrazas?\b/i, "a track is 'blanco' elsewhere"],
  ["nl", /\balarm/i, "an alert is 'melding' elsewhere"],
  ["en", /\btold\b|carried off|parted/i, "not as watch officers speak"],
];

test.each(WRONG)("no %s text has %s: %s", (language, form) => {
  expect(Object.entries(TABLES[language]!).filter(([, text]) => form.test(text))).toEqual([]);
});

test("one word stands for one thing", () => {
  // The corner of an area, a click, the quiet list; Spanish as in the Americas, where the watches are.
  const avoided: Record<string, RegExp> = {
    fr: /\bcliquer\b|\bcoins?\b|\bcalme\b|\bRapports\b/i,
    es: /\bpulse\b|\besquinas?\b|\btranquila\b|\bordenador\b/i,
    nl: /\bhaar\b|\bnemen\b(?<!leiding nemen)/i,
  };
  for (const [code, word] of Object.entries(avoided)) {
    expect(
      Object.entries(TABLES[code]!).filter(([, text]) => word.test(text)),
      code,
    ).toEqual([]);
  }
});
