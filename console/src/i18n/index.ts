// Texts of the page in four languages. English is the source; the server's texts about alerts stay English.

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
    // Without local storage the browser's language is used.
  }
  const spoken = globalThis.navigator?.language?.slice(0, 2) ?? "en";
  return spoken in TABLES ? spoken : "en";
}

export const language = signal(first());
language.subscribe((code) => {
  try {
    localStorage.setItem("vigie.language", code);
  } catch {
    // Without local storage the choice lasts until the page closes.
  }
});
const table = computed<Record<string, string>>(() => TABLES[language.value] ?? en);

/** A text that something follows: with a colon, before which French has a space. */
export const withColon = (text: string): string => (language.value === "fr" ? `${text}\u00a0:` : `${text}:`);

/** Returns a text by its key, with values in place of `{name}`. For an unknown key, the last part of the key. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = table.value[key] ?? (en as Record<string, string>)[key] ?? key.slice(key.indexOf(".") + 1);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
