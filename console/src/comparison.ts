// `vigie.compare/1` as the Rules workspace shows it: what a trial found. docs/analysis.md describes it.

export interface TriedAlert {
  id: string;
  rule: string;
  pattern: string;
  severity: string;
  subjects: readonly { track: string; name: string | null; mmsi: number | null }[];
  raised: string;
  last: string;
  position: readonly [number, number];
  summary: string;
}
export interface Side {
  alerts: number;
  alerts_per_hour: number;
  interrupting_per_hour: number;
}
export interface RuleFigures {
  rule: "same" | "changed" | "added" | "removed";
  before: number;
  after: number;
  appear: number;
  vanish: number;
  change: number;
}
export interface Comparison {
  span: readonly [string, string] | null;
  hours: number;
  reports: number;
  before: Side;
  after: Side;
  same: number;
  appear: readonly TriedAlert[];
  vanish: readonly TriedAlert[];
  change: readonly {
    before: TriedAlert;
    after: TriedAlert;
    differences: readonly { what: string; before: string; after: string }[];
  }[];
  rules: Readonly<Record<string, RuleFigures>>;
  by_hour: readonly { from: string; before: number; after: number }[];
  stopped: { at: string; alerts: number } | null;
  notices: readonly string[];
}

export type Fate = "appear" | "vanish" | "change";
export interface Difference {
  fate: Fate;
  alert: TriedAlert;
  differences: readonly { what: string; before: string; after: string }[];
}

/** Signs of what becomes of an alert: shape beside colour. */
export const SIGNS: Record<Fate, string> = { appear: "+", vanish: "−", change: "~" };

/** Everything that differs, in the order of time. */
export function differences({ appear, vanish, change }: Comparison): Difference[] {
  const all: Difference[] = [
    ...appear.map((alert) => ({ fate: "appear" as const, alert, differences: [] })),
    ...vanish.map((alert) => ({ fate: "vanish" as const, alert, differences: [] })),
    ...change.map(({ after, differences: what }) => ({ fate: "change" as const, alert: after, differences: what })),
  ];
  return all.sort((a, b) => Date.parse(a.alert.raised) - Date.parse(b.alert.raised));
}

/** Alerts an hour, for people: two digits that count. */
export const hourly = (count: number, hours: number): string => {
  const value = hours > 0 ? count / hours : 0;
  return value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2);
};
