// A storm of alerts becomes one row: those of an incident, and those about one subject by one rule.

import type { AlertRow } from "./api";
import { isOpen } from "./store";

export interface Group {
  key: string;
  /** In the queue's order: the first speaks for all. */
  rows: AlertRow[];
}

export type Filter = "open" | "acknowledged" | "closed" | "all";

/** Whether a row is shown. */
export function passes(row: AlertRow, filter: Filter): boolean {
  switch (filter) {
    case "open":
      return !row.closed && (isOpen(row) || !row.acknowledged);
    case "acknowledged":
      return isOpen(row) && row.acknowledged !== null;
    case "closed":
      return row.closed !== null || !isOpen(row);
    case "all":
      return true;
  }
}

/** Rows in their order, those that belong together at the place of the first. */
export function grouped(rows: readonly AlertRow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const { incident, rule, subjects } = row.alert.properties;
    const own = `${rule} ${subjects.map((s) => s.track).join(" ")}`;
    const key = incident !== null ? `incident ${incident}` : own;
    // What began an incident does not know of it: its id is the incident's.
    const begun = groups.get(`incident ${row.alert.id}`);
    const group = begun ?? groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { key, rows: [row] });
  }
  return [...groups.values()];
}
