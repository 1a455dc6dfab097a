// Filters, grouping and selection of the queue. The list, the keys and the details panel use the same functions.

import { computed, effect, signal } from "@preact/signals";
import type { AlertRow, Severity } from "./api";
import { type Filter, type Group, grouped, incidentsOfRegion, passes, type Region } from "./groups";
import { distanceNm } from "./map/nautical";
import * as store from "./store";

export const filter = signal<Filter>("open");
/** Pattern to show; "" shows all. */
export const pattern = signal("");
/** Minimum severity to show. */
export const least = signal<Severity>("minor");
/** State or body, community and lead to show. */
export const region = signal<Region>({ owner: "", community: "", lead: "" });
/** Keys of the groups that are unfolded. */
export const unfolded = signal<ReadonlySet<string>>(new Set());

const inRegion = computed(() => incidentsOfRegion(store.alertRows.value, store.own.value, store.centres.value, region.value));

const isShown = (row: AlertRow): boolean =>
  passes(row, filter.value) &&
  (!pattern.value || row.alert.properties.pattern === pattern.value) &&
  store.worst(row) >= store.WORST[least.value] &&
  inRegion.value.has(row.incident);

const everyGroup = computed(() => grouped(store.alertRows.value.filter(isShown)));
const isQuietGroup = (group: Group): boolean => group.rows.every(store.isQuiet);
export const groups = computed(() => everyGroup.value.filter((group) => !isQuietGroup(group)));
/** Groups in which no alert interrupts. */
export const quietGroups = computed(() => everyGroup.value.filter(isQuietGroup));
/** Whether the quiet list is unfolded; null until there is a reason to unfold it, or somebody folds or unfolds it. */
export const quietOpen = signal<boolean | null>(null);
// Where nothing interrupts there is room for it, and a list of nothing beside alerts on the map would puzzle.
effect(() => {
  if (quietOpen.value === null && groups.value.length === 0 && quietGroups.value.length > 0) quietOpen.value = true;
});

const waits = (row: AlertRow): boolean => store.isOpen(row) && !row.acknowledged;
/** Alerts that interrupt and that nobody has acknowledged. */
export const unseen = computed(() => store.alertRows.value.filter((row) => waits(row) && !store.isQuiet(row)));
/** Quiet alerts that nobody has acknowledged, those that ended by themselves too. */
export const unseenQuiet = computed(() => store.alertRows.value.filter((row) => store.isQuiet(row) && !row.acknowledged && !row.closed));
/** Number of unacknowledged alerts that the filters hide. */
export const hidden = computed(() => unseen.value.filter((row) => !isShown(row)).length);

/** The alert that is shown for its group: the first unacknowledged one. */
export const leadOf = (group: Group): AlertRow => group.rows.find((r) => store.isOpen(r) && !r.acknowledged) ?? group.rows[0]!;

export const groupOf = (id: string): Group | undefined => everyGroup.value.find((group) => group.rows.some((row) => row.alert.id === id));

/** The rows that the arrow keys step through. */
const stops = computed(() =>
  [...groups.value, ...(quietOpen.value ? quietGroups.value : [])].flatMap((group) => (isUnfolded(group) ? group.rows : [leadOf(group)])),
);

export const isUnfolded = (group: Group): boolean => group.rows.length > 1 && unfolded.value.has(group.key);

/** Folds or unfolds the selected group. */
export function unfold(group: Group): void {
  const next = new Set(unfolded.value);
  if (!next.delete(group.key)) next.add(group.key);
  unfolded.value = next;
}

export function step(by: number): void {
  const selected = store.selectedRow.value?.alert.id;
  const group = selected === undefined ? undefined : groupOf(selected);
  const at = stops.value.findIndex((row) => row.alert.id === selected || (group && !isUnfolded(group) && group.rows.includes(row)));
  const next = stops.value[Math.min(stops.value.length - 1, Math.max(0, at + by))];
  if (next) store.selection.value = { kind: "alert", id: next.alert.id };
}

/** Whether several alerts are being selected, and the ids of those that are. */
export const isPicking = signal(false);
export const picked = signal<ReadonlySet<string>>(new Set());
/** The selected alerts that the filters show. */
export const pickedRows = computed(() =>
  isPicking.value ? store.alertRows.value.filter((row) => picked.value.has(row.alert.id) && isShown(row)) : [],
);

/** Begins or ends the selection of several alerts. */
export function togglePicking(): void {
  isPicking.value = !isPicking.value;
  picked.value = new Set();
}

/** Selects some alerts besides those that are selected, or lets them go. */
export function pick(rows: readonly AlertRow[], is = true): void {
  const next = new Set(picked.value);
  for (const { alert } of rows)
    if (is) next.add(alert.id);
    else next.delete(alert.id);
  picked.value = next;
}

/** All alerts that the filters show. */
export const shownRows = computed(() => everyGroup.value.flatMap(({ rows }) => rows));

/** Miles within which alerts are of one area. */
const NEAR_NM = 5;
/** Alerts shown whose positions are near that of another one. */
export const near = (row: AlertRow): AlertRow[] =>
  shownRows.value.filter(({ alert }) => distanceNm(alert.geometry.coordinates, row.alert.geometry.coordinates) <= NEAR_NM);

/** The alert that an action begins at: the selected one, or the first of several. */
export const actedOn = computed(() => pickedRows.value[0] ?? store.selectedRow.value);

/** The alerts that an action applies to: the several selected ones, or the selected one and the others of a folded group. */
export const targets = computed<readonly AlertRow[]>(() => {
  if (pickedRows.value.length > 0) return pickedRows.value;
  const row = store.selectedRow.value;
  if (!row) return [];
  const group = groupOf(row.alert.id);
  return group && !isUnfolded(group) ? group.rows : [row];
});
