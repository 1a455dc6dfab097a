// Actions that the server accepted and the stream does not show yet. An action counts as done once the stream shows it.

import { computed, effect, signal } from "@preact/signals";
import type { Action, AlertRow } from "./api";
import { t } from "./i18n";
import * as store from "./store";

/** An action on one alert, and when the server accepted it, ms by this machine's clock. */
export interface Pending {
  action: Action;
  alert: string;
  since: number;
}

/** Time after which an action that does not show is reported as possibly lost, ms. */
export const SHOWS_WITHIN_MS = 10_000;

export const pending = signal<readonly Pending[]>([]);

/** Whether an alert's row shows the effect of an action. */
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

/** Sorts pending actions into those still waiting and those that are late. */
export function sorted(all: readonly Pending[], rows: ReadonlyMap<string, AlertRow>, now: number): { left: Pending[]; late: Pending[] } {
  const open = all.filter(({ action, alert }) => {
    const row = rows.get(alert);
    return row !== undefined && !shows(action, row);
  });
  const isLate = ({ since }: Pending): boolean => now - since > SHOWS_WITHIN_MS;
  return { left: open.filter((one) => !isLate(one)), late: open.filter(isLate) };
}

/** Name of an action's key. */
export function wordOf(action: Action["action"]): string {
  const keys: Partial<Record<Action["action"], string>> = { assign: "claim", mute: "mute_alert", release: "hold" };
  return t(`keys.${keys[action] ?? action}`);
}

/** Names of the pending actions, by alert id. */
export const waiting = computed(() => new Map(pending.value.map(({ action, alert }) => [alert, action.action])));

/** Adds an action that the server accepted. */
export function wait(action: Action): void {
  if (!action.alerts) return;
  const since = Date.now();
  pending.value = [...pending.value, ...action.alerts.map((alert) => ({ action, alert, since }))];
}

/** Checks pending actions at each change, and warns of late ones, until the returned function is called. */
export function listen(tell: (late: readonly Pending[]) => void): () => void {
  return effect(() => {
    const all = pending.value;
    if (all.length === 0) return;
    const { left, late } = sorted(all, store.alerts.value, store.wallNow.value);
    if (left.length !== all.length) pending.value = left;
    if (late.length > 0) tell(late);
  });
}
