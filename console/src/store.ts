// State of the page, read by the map and the panels.

import { computed, effect, type Signal, signal } from "@preact/signals";
import type { AlertRow, Marked, PlayerState, Session, Severity, Silence, Status } from "./api";
import { Picture } from "./picture";

export type Selection = { kind: "track"; id: number } | { kind: "alert"; id: string } | null;
export type Palette = "day" | "dusk" | "night";
/** Tool of the pointer on the map. */
export type Tool = "none" | "range-bearing" | "cpa" | "place-contact" | "draw-zone";
export type Panel = "none" | "health" | "log" | "map" | "help" | "search" | "mark" | "debrief" | "director" | "silences" | "rules";
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

/** A signal whose value is kept in the browser's local storage. */
function kept<T>(name: string, first: T): Signal<T> {
  let value = first;
  try {
    const text = localStorage.getItem(`vigie.${name}`);
    if (text !== null) value = JSON.parse(text) as T;
  } catch {
    // Without local storage the default value is used.
  }
  const it = signal<T>(value);
  effect(() => {
    try {
      localStorage.setItem(`vigie.${name}`, JSON.stringify(it.value));
    } catch {
      // Without local storage the value lasts until the page closes.
    }
  });
  return it;
}

export const session = signal<Session | null>(null);
/** Whether the officer has to log in. */
export const loggedOut = signal(false);
/** The picture. It is not reactive; `pictureSeq` counts its changes. */
export const picture = new Picture();
export const pictureSeq = signal(0);
/** Alerts by id; `alertRows` has them in the queue's order. */
export const alerts = signal<ReadonlyMap<string, AlertRow>>(new Map());
/** A changed row, and its previous version. */
export interface News {
  row: AlertRow;
  before: AlertRow | undefined;
}
/** Rows of the last change: one row, or all that changed while the connection was lost. */
export const news = signal<readonly News[]>([]);
export const marks = signal<readonly Marked[]>([]);
/** Silences as the server last told them; `silences` has those that last. */
export const allSilences = signal<readonly Silence[]>([]);
export const health = signal<Status | null>(null);
export const player = signal<PlayerState | null>(null);
/** A real distress alert during an exercise. */
export const realDistress = signal<AlertRow["alert"] | null>(null);
export const selection = signal<Selection>(null);
export const tool = signal<Tool>("none");
export const panel = signal<Panel>("none");
export const palette = kept<Palette>("palette", "day");
/** The officer's name if the console has no log-in. */
export const officer = kept<string>("officer", "");
/** End of muting, ms. */
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
/** Part of the world that the map shows; null before it is known. */
export const mapView = signal<{ zoom: number; at: readonly [number, number] } | null>(null);
/** Entity tag of the zones in force, once the server has told that they changed. */
export const mapTag = signal("");
/** Length of speed vectors, minutes. */
export const vectorMin = signal(6);
/** Time of the last frame, ms by this machine's clock; 0 means none. */
export const heardAt = signal(0);
/** Whether the stream is connected. */
export const connected = signal(false);
/** Measured speed of the exercise, as multiples of real time; null while it is not known. */
export const measuredSpeed = signal<number | null>(null);
/** This machine's time, updated every second. */
export const wallNow = signal(Date.now());
/** Whether the rewind is open. */
export const rewinding = signal(false);
/** Event time that the rewind shows; null means now. */
export const rewoundTo = signal<number | null>(null);
/** What screen readers are to say of what a key did: the focus stays where it is. */
export const said = signal("");
/** Notice for the officer: what was done, or, if `bad`, what failed and what to do. */
export const notice = signal<{ text: string; bad: boolean } | null>(null);
export function tell(text: string): void {
  notice.value = { text, bad: false };
}
export function warn(text: string): void {
  notice.value = { text, bad: true };
}

/** Time that a new page waits for its first frame, ms. */
const opened = Date.now();
/** Age of the last frame from which the picture is stale, ms. */
export const STALE_MS = 10_000;
/** Whether the watch has lost its broker, so that the picture is stale. */
const brokerAway = computed(
  () => session.value?.mode !== "replay" && health.value?.broker.state === "away" && health.value.broker.connections > 0,
);
const awaySince = computed(() => (brokerAway.value ? Date.parse(health.value?.broker.since ?? "") : 0));
/** Time since the picture became stale, ms; 0 if it is not. */
export const staleFor = computed(() => {
  const unheard = wallNow.value - (heardAt.value || opened);
  const away = brokerAway.value ? wallNow.value - awaySince.value : 0;
  return Math.max(unheard > STALE_MS ? unheard : 0, away > STALE_MS / 2 ? away : 0);
});
export const isStale = computed(() => staleFor.value > 0);

/** Name of this node. */
export const own = computed(() => session.value?.node ?? "");
/** Centres that share with one another; empty if this node shares with nobody. */
export const centres = computed(() => session.value?.centres ?? []);
/** Name of a centre for officers. */
export const centreName = (name: string): string => centres.value.find((centre) => centre.name === name)?.label ?? name;

export const role = computed(() => session.value?.role ?? "viewer");
export const mayAct = computed(() => role.value === "officer" || role.value === "supervisor");
/** Whether this session may change rules and zones. */
export const mayTune = computed(() => role.value === "analyst" || role.value === "supervisor");
export const isViewer = computed(() => role.value === "viewer");
/** Whether the page is shown on a wall: a map and the open alerts, large, and nothing to press. For viewers. */
export const isWall = signal(false);
export const isSupervisor = computed(() => role.value === "supervisor");
/** Name of the officer who acts. */
export const me = computed(() => session.value?.user?.name ?? officer.value);

/** Whether officers read another time than this machine's. */
export const hasOwnTime = computed(() => session.value !== null && session.value.mode !== "live");
/**
 * The player's time; in an exercise or a replay whose player has not spoken yet that of the picture, 0 before there is one; or else this
 * machine's.
 */
export const now = computed(() => {
  if (player.value) return player.value.now;
  void pictureSeq.value;
  return hasOwnTime.value ? picture.now : wallNow.value;
});

/** Speed of the recording or exercise, as multiples of real time, 0 while it stands still; null while it is not known. */
export const speed = computed(() => {
  if (!player.value) return measuredSpeed.value;
  return player.value.playing ? player.value.speed : 0;
});

/** Silences that last, by subject. */
export const silences = computed(
  () => new Map(allSilences.value.filter(({ until }) => until > now.value).map((silence) => [silence.subject, silence])),
);
/** The silence about a subject of an alert. */
export const silenceOf = (row: AlertRow): Silence | undefined =>
  row.alert.properties.subjects.map(({ track }) => silences.value.get(track)).find((silence) => silence !== undefined);

export const WORST: Record<Severity, number> = { extreme: 3, severe: 2, moderate: 1, minor: 0 };
export const worst = (row: AlertRow): number => WORST[row.alert.properties.severity];
/** Whether an alert is neither ended nor closed. */
export const isOpen = (row: AlertRow): boolean => !row.closed && row.alert.properties.phase !== "ended";

/** Whether an alert waits in the quiet list instead of interrupting. */
export const isQuiet = (row: AlertRow): boolean => row.alert.properties.attention === "quiet";

/** Whether what a quiet alert is about was seen on one of ten days at most. */
const isRare = ({ alert }: AlertRow): boolean => {
  const usual = alert.properties.usual;
  return usual ? usual.days * 10 <= usual.of_days : false;
};

/**
 * Alerts in the queue's order: open before closed, unacknowledged before acknowledged, worst first, newest first. Quiet ones stand last,
 * and among those of a severity what is rare stands first.
 */
export const alertRows = computed(() => {
  const inList = (row: AlertRow): number => (isQuiet(row) ? (isRare(row) ? 0.5 : 0) : 1000);
  const rank = (row: AlertRow): number => inList(row) + (isOpen(row) ? 100 : 0) + (row.acknowledged ? 0 : 10) + worst(row);
  return [...alerts.value.values()].sort((a, b) => rank(b) - rank(a) || b.raised - a.raised);
});

export const selectedRow = computed(() => (selection.value?.kind === "alert" ? (alerts.value.get(selection.value.id) ?? null) : null));
