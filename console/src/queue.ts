// What of the queue is shown, and which alerts an action is for: one place for the list, the keys and the details.

import { computed, signal } from "@preact/signals";
import type { AlertRow, Severity } from "./api";
import { type Filter, type Group, grouped, passes } from "./groups";
import * as store from "./store";

export const filter = signal<Filter>("open");
/** Of one behaviour alone; "" of every. */
export const pattern = signal("");
/** No less than this. */
export const least = signal<Severity>("minor");
/** Groups whose alerts are shown each by itself. */
export const unfolded = signal<ReadonlySet<string>>(new Set());

const isShown = (row: AlertRow): boolean =>
  passes(row, filter.value) &&
  (!pattern.value || row.alert.properties.pattern === pattern.value) &&
  store.worst(row) >= store.WORST[least.value];

export const groups = computed(() => grouped(store.alertRows.value.filter(isShown)));

/** Nobody has seen them. */
export const unseen = computed(() => store.alertRows.value.filter((row) => store.isOpen(row) && !row.acknowledged));
/** Of these, those that the filters hide. */
export const hidden = computed(() => unseen.value.filter((row) => !isShown(row)).length);

/** The one that speaks for its group: the first that nobody has seen. */
export const leadOf = (group: Group): AlertRow => group.rows.find((r) => store.isOpen(r) && !r.acknowledged) ?? group.rows[0]!;

export const groupOf = (id: string): Group | undefined => groups.value.find((group) => group.rows.some((row) => row.alert.id === id));

/** The rows that one steps through. */
const stops = computed(() => groups.value.flatMap((group) => (isUnfolded(group) ? group.rows : [leadOf(group)])));

export const isUnfolded = (group: Group): boolean => group.rows.length > 1 && unfolded.value.has(group.key);

/** Shows each alert of the selected group, or all in one row again. */
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

/** The alerts that an action is for: the selected one, and those that are one row with it. */
export const targets = computed<readonly AlertRow[]>(() => {
  const row = store.selectedRow.value;
  if (!row) return [];
  const group = groupOf(row.alert.id);
  return group && !isUnfolded(group) ? group.rows : [row];
});
