// What the page knows: one place, read by the map and by the panels.

import { computed, effect, type Signal, signal } from "@preact/signals";
import type { AlertRow, Health, Mark, PlayerState, Session, Severity } from "./api";
import { Picture } from "./picture";

export type Selection = { kind: "track"; id: number } | { kind: "alert"; id: string } | null;
export type Palette = "day" | "dusk" | "night";
/** What the pointer does on the map. */
export type Tool = "none" | "range-bearing" | "cpa" | "place-contact";
export type Panel = "none" | "health" | "log" | "map" | "help" | "search" | "mark" | "debrief" | "director";
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

/** What this browser keeps for itself. */
function kept<T>(name: string, first: T): Signal<T> {
  let value = first;
  try {
    const text = localStorage.getItem(`vigie.${name}`);
    if (text !== null) value = JSON.parse(text) as T;
  } catch {
    // A browser that keeps nothing starts anew each time.
  }
  const it = signal<T>(value);
  effect(() => {
    try {
      localStorage.setItem(`vigie.${name}`, JSON.stringify(it.value));
    } catch {
      // As above.
    }
  });
  return it;
}

export const session = signal<Session | null>(null);
/** One must log in, or log in again. */
export const loggedOut = signal(false);
/** Not reactive itself: `pictureSeq` says that it changed. */
export const picture = new Picture();
export const pictureSeq = signal(0);
/** By id; `alertRows` is in the queue's order. */
export const alerts = signal<ReadonlyMap<string, AlertRow>>(new Map());
/** A row that changed, and as it was before. */
export interface News {
  row: AlertRow;
  before: AlertRow | undefined;
}
/** What changed last: one row, or all that did while the connection was lost. */
export const news = signal<readonly News[]>([]);
export const marks = signal<readonly Mark[]>([]);
export const health = signal<Health | null>(null);
export const player = signal<PlayerState | null>(null);
/** A real alert of distress while an exercise is played. */
export const realDistress = signal<AlertRow["alert"] | null>(null);
export const selection = signal<Selection>(null);
export const tool = signal<Tool>("none");
export const panel = signal<Panel>("none");
export const palette = kept<Palette>("palette", "day");
/** The officer's name where nobody logs in. */
export const officer = kept<string>("officer", "");
/** Alerts make no sound until then, ms. */
export const mutedUntil = kept<number>("muted", 0);
export const layers = signal<Layers>({
  zones: true,
  depths: true,
  coverage: false,
  trails: true,
  vectors: true,
  labels: true,
  aircraft: true,
  places: true,
  marks: true,
});
/** Minutes that speed vectors look ahead. */
export const vectorMin = signal(6);
/** When the last picture came, ms of this machine; 0: never. */
export const heardAt = signal(0);
/** Whether the stream stands. */
export const connected = signal(false);
/** Ticks each second. */
export const wallNow = signal(Date.now());
/** The last half hour is being looked at … */
export const rewinding = signal(false);
/** … as it was at this event time; null: now. */
export const rewoundTo = signal<number | null>(null);
/** A line for the officer: what was done; or, `bad`, what went wrong and how to mend it. */
export const notice = signal<{ text: string; bad: boolean } | null>(null);
export function tell(text: string): void {
  notice.value = { text, bad: false };
}
export function warn(text: string): void {
  notice.value = { text, bad: true };
}

/** A page that has just opened waits for its first picture. */
const opened = Date.now();
/** No picture came for so long: what is shown is stale. */
export const STALE_MS = 10_000;
/** So is one that a broker feeds no more. */
const brokerAway = computed(
  () => session.value?.mode !== "replay" && health.value?.broker.state === "away" && health.value.broker.connections > 0,
);
const awaySince = computed(() => (brokerAway.value ? Date.parse(health.value?.broker.since ?? "") : 0));
/** How long the picture has been stale, ms; 0 while it is not. */
export const staleFor = computed(() => {
  const unheard = wallNow.value - (heardAt.value || opened);
  const away = brokerAway.value ? wallNow.value - awaySince.value : 0;
  return Math.max(unheard > STALE_MS ? unheard : 0, away > STALE_MS / 2 ? away : 0);
});
export const isStale = computed(() => staleFor.value > 0);

export const role = computed(() => session.value?.role ?? "viewer");
export const mayAct = computed(() => role.value !== "viewer");
export const isSupervisor = computed(() => role.value === "supervisor");
/** Who acts. */
export const me = computed(() => session.value?.user?.name ?? officer.value);

/** Event time in a replay, else this machine's. */
export const now = computed(() => player.value?.now ?? wallNow.value);

export const WORST: Record<Severity, number> = { extreme: 3, severe: 2, moderate: 1, minor: 0 };
export const worst = (row: AlertRow): number => WORST[row.alert.properties.severity];
/** Neither ended nor closed. */
export const isOpen = (row: AlertRow): boolean => !row.closed && row.alert.properties.phase !== "ended";

/** Open before closed, unacknowledged before acknowledged, worst first, newest first. */
export const alertRows = computed(() => {
  const rank = (row: AlertRow): number => (isOpen(row) ? 100 : 0) + (row.acknowledged ? 0 : 10) + worst(row);
  return [...alerts.value.values()].sort((a, b) => rank(b) - rank(a) || b.raised - a.raised);
});

export const selectedRow = computed(() => (selection.value?.kind === "alert" ? (alerts.value.get(selection.value.id) ?? null) : null));
