// What an officer has done and the stream does not show yet: it is done only when it shows.

import { computed, effect, signal } from "@preact/signals";
import type { Action, AlertRow } from "./api";
import { t } from "./i18n";
import * as store from "./store";

/** Something done to one alert, and when it was taken, ms of this machine. */
export interface Pending {
  action: Action;
  alert: string;
  since: number;
}

/** What does not show after so long may be lost. */
export const SHOWS_WITHIN_MS = 10_000;

export const pending = signal<readonly Pending[]>([]);

/** Whether a row shows what was done. */
export function shows(action: Action, row: AlertRow): boolean {
  switch (action.action) {
    case "acknowledge":
      return row.acknowledged !== null;
    case "assign":
      return row.assigned?.to === action.to;
    case "comment":
      return row.comments.some(({ text }) => text.trim() === action.text.trim());
    case "mute":
      return row.muted !== null;
    case "close":
      return row.closed !== null;
    case "reopen":
      return row.closed === null;
    case "hold":
    case "release":
      return row.held === (action.action === "hold");
    default:
      return true;
  }
}

/** Those that neither show nor are too late, and those that are. */
export function sorted(all: readonly Pending[], rows: ReadonlyMap<string, AlertRow>, now: number): { left: Pending[]; late: Pending[] } {
  const open = all.filter(({ action, alert }) => {
    const row = rows.get(alert);
    return row !== undefined && !shows(action, row);
  });
  const isLate = ({ since }: Pending): boolean => now - since > SHOWS_WITHIN_MS;
  return { left: open.filter((one) => !isLate(one)), late: open.filter(isLate) };
}

/** An action as its key is called. */
export function wordOf(action: Action["action"]): string {
  const keys: Partial<Record<Action["action"], string>> = { assign: "claim", mute: "mute_alert", release: "hold" };
  return t(`keys.${keys[action] ?? action}`);
}

/** By alert: what is being done to it. */
export const waiting = computed(() => new Map(pending.value.map(({ action, alert }) => [alert, action.action])));

/** An action was taken. */
export function wait(action: Action): void {
  if (!("alerts" in action)) return;
  const since = Date.now();
  pending.value = [...pending.value, ...action.alerts.map((alert) => ({ action, alert, since }))];
}

/** Looks at each change until the returned function is called; tells what is late. */
export function listen(tell: (late: readonly Pending[]) => void): () => void {
  return effect(() => {
    const all = pending.value;
    if (all.length === 0) return;
    const { left, late } = sorted(all, store.alerts.value, store.wallNow.value);
    if (left.length !== all.length) pending.value = left;
    if (late.length > 0) tell(late);
  });
}
