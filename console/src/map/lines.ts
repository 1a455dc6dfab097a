// How the outlines of zones are drawn, on the map and in its legend.

import type { Colours } from "./palette";

export interface ZoneLine {
  colour: keyof Pick<Colours, "zone" | "port" | "air">;
  width: number;
  dash: readonly number[];
}

/** Kinds of sea areas, with the dash pattern of limits that are not agreed. */
const SEA: Record<string, { width: number; dash: readonly number[] }> = {
  "internal-waters": { width: 1.4, dash: [8, 3] },
  "archipelagic-waters": { width: 1.4, dash: [8, 3] },
  "territorial-sea": { width: 1.4, dash: [8, 3] },
  "contiguous-zone": { width: 1, dash: [2, 4] },
  approaches: { width: 1, dash: [2, 4] },
  eez: { width: 1, dash: [12, 6] },
  restricted: { width: 2, dash: [6, 4] },
  area: { width: 1.4, dash: [6, 4] },
};
const AIR: readonly string[] = ["fir", "adiz"];

/** Kinds of zones in the order of the legend. */
export const ZONE_KINDS: readonly string[] = [...Object.keys(SEA), "port", "anchorage", "cable", "aerodrome", ...AIR];

export const isSeaKind = (kind: string): boolean => kind in SEA;
/** Whether the outline shows at every scale; the others show only at large scales. */
export const isAlwaysDrawn = (kind: string): boolean => isSeaKind(kind) || AIR.includes(kind);

/** Returns the line of a zone's outline; an agreed limit is solid. */
export function lineOf(kind: string, status: string | null): ZoneLine {
  const sea = SEA[kind];
  if (sea) return { colour: "zone", width: sea.width, dash: status === "agreed" ? [] : sea.dash };
  if (AIR.includes(kind)) return { colour: "air", width: 1, dash: [2, 6] };
  return { colour: kind === "aerodrome" ? "air" : "port", width: 1, dash: [] };
}
