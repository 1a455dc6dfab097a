// Groups alerts into one row: those of one incident, and those about one subject by one rule.

import type { AlertRow } from "./api";
import { isOpen } from "./store";

export interface Group {
  key: string;
  /** The alerts in the queue's order; the first one is shown for all. */
  rows: AlertRow[];
}

export type Filter = "open" | "acknowledged" | "closed" | "all";

/** Whether an alert passes the filters. */
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

/** Groups alerts in their order; a group stands where its first alert stands. */
export function grouped(rows: readonly AlertRow[]): Group[] {
  const groups = new Map<string, Group>();
  const incidents = new Set(rows.map((row) => row.alert.properties.incident));
  for (const row of rows) {
    const { rule, subjects } = row.alert.properties;
    // The first alert of an incident carries no incident id; its own id is the id of the incident.
    const incident = row.alert.properties.incident ?? (incidents.has(row.alert.id) ? row.alert.id : null);
    const key = incident !== null ? `incident ${incident}` : `${rule} ${subjects.map((s) => s.track).join(" ")}`;
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { key, rows: [row] });
  }
  return [...groups.values()];
}
