// The page's words, in four languages. English is the source; what the server says of an alert stays English.

import { computed, signal } from "@preact/signals";
import { en } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { nl } from "./nl";

export type Words = Record<keyof typeof en, string>;
export const TABLES: Record<string, Words> = { en, fr, nl, es };
export const LANGUAGES: Record<string, string> = { en: "English", fr: "Français", nl: "Nederlands", es: "Español" };

function first(): string {
  try {
    const kept = localStorage.getItem("vigie.language");
    if (kept && kept in TABLES) return kept;
  } catch {
    // A browser that keeps nothing is asked what it speaks.
  }
  const spoken = globalThis.navigator?.language?.slice(0, 2) ?? "en";
  return spoken in TABLES ? spoken : "en";
}

export const language = signal(first());
language.subscribe((code) => {
  try {
    localStorage.setItem("vigie.language", code);
  } catch {
    // As above.
  }
});
const table = computed<Record<string, string>>(() => TABLES[language.value] ?? en);

/** A text by its key, with values in the place of `{name}`; a key that no table has is its own last part. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = table.value[key] ?? (en as Record<string, string>)[key] ?? key.slice(key.indexOf(".") + 1);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
