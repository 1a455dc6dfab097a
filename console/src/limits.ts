// Limits of rules as officers read them: the sign of each comparison, alternatives, and quantities that have two names.

import type { AlertRow } from "./api";

/** Signs of limits whose names say none. A test compares them with the reference page. */
const SIGNS: Record<string, string> = {
  ashore_within: "≤",
  cadence_factor: "≥",
  converged_from: "≥",
  departs: "≥",
  distance: "≤",
  dwell: "≥",
  from_aerodrome: "≥",
  from_coast: "≥",
  from_port: "≥",
  hold: "≥",
  large: "≥",
  likeness: "≥",
  lookback: "≤",
  made_good: "≥",
  max_company: "<",
  max_silence: "",
  near_coast: "≤",
  radius: "≤",
  share: "≥",
  slow_down: "≥",
  slow_duration: "≤",
  small: "≤",
  turns: "≥",
  window: "≤",
  within: "≤",
};
/** Signs that depend on the pattern. */
const SIGNS_OF: Record<string, Record<string, string>> = { drifting: { angle: "≥" }, shadowing: { angle: "≤" } };

/** Limits of a pattern of which one has to be met. */
const EITHER: Record<string, readonly (readonly string[])[]> = {
  "air-drop": [["min_passes", "slow_down"]],
  "go-fast": [["min_inbound_nm", "near_coast_nm"]],
};

/** Returns the sign of a limit's comparison; empty for a setting. `base` is the name without its unit. */
export function sign(pattern: string, base: string): string {
  const known = SIGNS_OF[pattern]?.[base] ?? SIGNS[base];
  return known ?? (base.startsWith("min_") ? "≥" : base.startsWith("max_") ? "≤" : "");
}

/** Whether a limit is one of several of which another one may be met instead. */
export function isAlternative(pattern: string, name: string, limits: AlertRow["alert"]["properties"]["limits"]): boolean {
  const group = EITHER[pattern]?.find((names) => names.includes(name)) ?? [];
  return (limits[name] ?? null) !== null && group.filter((other) => (limits[other] ?? null) !== null).length > 1;
}

/** Names of one quantity: what was measured under the first belongs beside the limit of the second. */
const SAME: readonly (readonly [string, string])[] = [["near_coast_nm", "from_coast_nm"]];

/** Rows of the table: the name of each quantity that was measured or has a limit, and the name of its limit. */
export function quantities({ measured, limits }: AlertRow["alert"]["properties"]): { name: string; limit: string }[] {
  // What may be anything is no limit.
  const has = (of: Record<string, unknown>, name: string): boolean => (of[name] ?? null) !== null && String(of[name]) !== "any";
  const names = [...new Set([...Object.keys(measured), ...Object.keys(limits)])].filter((name) => has(limits, name) || has(measured, name));
  const joined = SAME.filter(([one, other]) => has(measured, one) && !has(limits, one) && has(limits, other) && !has(measured, other));
  return names
    .filter((name) => !joined.some(([, other]) => other === name))
    .map((name) => ({ name, limit: joined.find(([one]) => one === name)?.[1] ?? name }));
}
