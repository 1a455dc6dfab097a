// Search among the alerts and tracks that the page holds. It answers at once, also while the server is away.

import type { AlertRow, Found } from "./api";
import { targetOf } from "./format";
import { t } from "./i18n";
import { nameOf, type Target } from "./picture";

/** Maximum number of results. */
export const MOST_FOUND = 20;

/** Rank of a match of one of a track's names; 0 means no match. */
function fits(name: string | number | null | undefined, asked: string): number {
  if (name === null || name === undefined) return 0;
  const text = String(name).toUpperCase();
  return text === asked ? 3 : text.startsWith(asked) ? 2 : asked.length > 2 && text.includes(asked) ? 1 : 0;
}

/** Finds alerts by number, and tracks by name, identity, track number, label or the radar's own number; best match first. */
export function find(asked: string, targets: Iterable<Target>, rows: readonly AlertRow[]): Found[] {
  const wanted = asked.trim().toUpperCase();
  if (!wanted) return [];
  const found: { hit: Found; fit: number }[] = [];
  for (const row of rows) {
    if (String(row.number) !== wanted) continue;
    found.push({ hit: { kind: "alert", id: row.alert.id, label: `${row.number} ${row.alert.properties.summary}` }, fit: 4 });
  }
  for (const target of targets) {
    const { about } = target;
    if (!about) continue;
    const identities = [about.name, about.mmsi, about.imo, about.call_sign, about.icao];
    const names = [nameOf(target), ...identities, about.number, about.label, targetOf(about.key)?.n];
    const fit = Math.max(...names.map((name) => fits(name, wanted)));
    if (fit > 0) found.push({ hit: { kind: "track", id: target.id, key: about.key, label: labelOf(target) }, fit });
  }
  found.sort((a, b) => b.fit - a.fit || a.hit.label.localeCompare(b.hit.label));
  return found.slice(0, MOST_FOUND).map(({ hit }) => hit);
}

function labelOf(target: Target): string {
  const { about } = target;
  const marks = [
    typeof about?.mmsi === "number" && `MMSI ${about.mmsi}`,
    about?.imo && `IMO ${about.imo}`,
    about?.icao && `ICAO ${about.icao}`,
    about?.call_sign,
    about?.ship_type && t(`ship.${about.ship_type}`),
    target.about && sourceOf(target.about.key),
  ];
  const name = nameOf(target);
  return [name, ...marks.filter((mark) => mark && mark !== name)].join(" · ");
}

/** Name that a radar has for a target. */
function sourceOf(key: string): string | null {
  const target = targetOf(key);
  return target && t("details.target", { ...target });
}

/** Joins the page's results and those of the server, the page's first. */
export function merged(own: readonly Found[], served: readonly Found[]): Found[] {
  const known = new Set(own.map((hit) => hit.kind + hit.id));
  return [...own, ...served.filter((hit) => !known.has(hit.kind + hit.id))].slice(0, MOST_FOUND);
}
