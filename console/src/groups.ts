// Groups alerts into one row: those of one incident, and those about one subject by one rule.

import type { AlertRow, Centre } from "./api";
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

/** Filter of the regional queue: State or body, community and lead; "" lets everything pass. */
export interface Region {
  owner: string;
  community: string;
  lead: string;
}

/** Whether an alert passes the regional filter. The State, body or community is that of the centre that raised the alert. */
function isOfRegion(row: AlertRow, own: string, centres: readonly Centre[], region: Region): boolean {
  const centre = centres.find(({ name }) => name === (row.from ?? own));
  return (
    (!region.owner || centre?.state === region.owner || centre?.body === region.owner) &&
    (!region.community || (centre?.communities.includes(region.community) ?? false)) &&
    (!region.lead || row.lead?.centre === region.lead)
  );
}

/** Incidents of which an alert passes the regional filter: all their alerts are shown, whoever raised them. */
export function incidentsOfRegion(rows: readonly AlertRow[], own: string, centres: readonly Centre[], region: Region): ReadonlySet<string> {
  return new Set(rows.filter((row) => isOfRegion(row, own, centres, region)).map(({ incident }) => incident));
}

/** Groups alerts in their order; a group stands where its first alert stands. */
export function grouped(rows: readonly AlertRow[]): Group[] {
  const groups = new Map<string, Group>();
  const sizes = new Map<string, number>();
  for (const { incident } of rows) sizes.set(incident, (sizes.get(incident) ?? 0) + 1);
  for (const row of rows) {
    const { rule, subjects } = row.alert.properties;
    const isAlone = (sizes.get(row.incident) ?? 0) < 2;
    const key = isAlone ? `${rule} ${subjects.map((s) => s.track).join(" ")}` : `incident ${row.incident}`;
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { key, rows: [row] });
  }
  return [...groups.values()];
}
