// What the page knows: one place, read by the map and by the panels.

import { computed, signal } from "@preact/signals";
import type { AlertRow, Health, Mark, PlayerState, Session } from "./api";
import { Picture } from "./picture";

export type Selection = { kind: "track"; id: number } | { kind: "alert"; id: string } | null;
export type Palette = "day" | "dusk" | "night";
/** What the pointer does on the map. */
export type Tool = "none" | "range-bearing" | "cpa" | "place-contact";
export interface Layers {
  zones: boolean;
  depths: boolean;
  coverage: boolean;
  trails: boolean;
  vectors: boolean;
  labels: boolean;
  aircraft: boolean;
  places: boolean;
  marks: boolean;
}

export const session = signal<Session | null>(null);
/** Not reactive itself: `pictureSeq` says that it changed. */
export const picture = new Picture();
export const pictureSeq = signal(0);
/** By id; `alertRows` is in the queue's order. */
export const alerts = signal<ReadonlyMap<string, AlertRow>>(new Map());
export const marks = signal<readonly Mark[]>([]);
export const health = signal<Health | null>(null);
export const player = signal<PlayerState | null>(null);
export const selection = signal<Selection>(null);
export const tool = signal<Tool>("none");
export const palette = signal<Palette>("day");
export const layers = signal<Layers>({
  zones: true, depths: true, coverage: false, trails: true, vectors: true, labels: true, aircraft: true, places: true,
  marks: true,
});
/** Minutes that speed vectors look ahead. */
export const vectorMin = signal(6);
/** When the stream last said anything, ms of this machine; 0: never. */
export const heardAt = signal(0);
/** Ticks each second. */
export const wallNow = signal(Date.now());
/** Event time to show instead of now, while the last 30 minutes are rewound; null: now. */
export const rewoundTo = signal<number | null>(null);

/** Nothing came for so long: the picture is stale. */
export const STALE_MS = 10_000;
export const isStale = computed(() => wallNow.value - heardAt.value > STALE_MS);

const WORST: Record<string, number> = { extreme: 3, severe: 2, moderate: 1, minor: 0 };

/** Open before closed, unacknowledged before acknowledged, worst first, newest first. */
export const alertRows = computed(() => {
  const rank = (row: AlertRow): number =>
    (row.closed || row.alert.properties.phase === "ended" ? 0 : 100) +
    (row.acknowledged ? 0 : 10) +
    (WORST[row.alert.properties.severity] ?? 0);
  return [...alerts.value.values()].sort((a, b) => rank(b) - rank(a) || b.raised - a.raised);
});
