// Actions that the server accepted and the stream does not show yet. An action counts as done once the stream shows it.

import { computed, effect, signal } from "@preact/signals";
import type { Action, AlertRow } from "./api";
import { t } from "./i18n";
import * as store from "./store";

/** An action on one alert, and when it was sent, ms by this machine's clock. */
export interface Pending {
  action: Action;
  alert: string;
  since: number;
  /** The claim on the alert when the action was sent. */
  claim: AlertRow["assigned"];
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

/** Whether another officer's claim came before a pending one. */
function isLost({ action, alert, claim }: Pending, rows: ReadonlyMap<string, AlertRow>): boolean {
  const now = rows.get(alert)?.assigned;
  return action.action === "assign" && now != null && now.to !== action.to && (now.to !== claim?.to || now.time !== claim.time);
}

/** Sorts pending actions into those still waiting, those that are late, and claims that another officer made first. */
export function sorted(
  all: readonly Pending[],
  rows: ReadonlyMap<string, AlertRow>,
  now: number,
): { left: Pending[]; late: Pending[]; lost: Pending[] } {
  const open = all.filter(({ action, alert }) => {
    const row = rows.get(alert);
    return row !== undefined && !shows(action, row);
  });
  const lost = open.filter((one) => isLost(one, rows));
  const waits = open.filter((one) => !lost.includes(one));
  const isLate = ({ since }: Pending): boolean => now - since > SHOWS_WITHIN_MS;
  return { left: waits.filter((one) => !isLate(one)), late: waits.filter(isLate), lost };
}

/** Name of an action's key. */
export function wordOf(action: Action["action"]): string {
  const keys: Partial<Record<Action["action"], string>> = { assign: "claim", mute: "mute_alert", release: "hold" };
  return t(`keys.${keys[action] ?? action}`);
}

/** Names of the pending actions, by alert id. */
export const waiting = computed(() => new Map(pending.value.map(({ action, alert }) => [alert, action.action])));

/** An action that is about to be sent, on each of its alerts: another officer's claim may show before the answer comes. */
export function sent(action: Action): Pending[] {
  const since = Date.now();
  const claimOn = (alert: string): AlertRow["assigned"] => store.alerts.value.get(alert)?.assigned ?? null;
  return (action.alerts ?? []).map((alert) => ({ action, alert, since, claim: claimOn(alert) }));
}

/** Adds an action that the server accepted. */
export function wait(accepted: readonly Pending[]): void {
  pending.value = [...pending.value, ...accepted];
}

/** Listeners for actions that show on all of their alerts, that are late, and that another officer's claim forestalled. */
export type Listeners = Record<"late" | "lost", (some: readonly Pending[]) => void> & { done: (some: readonly Action[]) => void };

/** Checks pending actions at each change, and tells what became of them, until the returned function is called. */
export function listen(tell: Listeners): () => void {
  return effect(() => {
    const all = pending.value;
    if (all.length === 0) return;
    const { left, late, lost } = sorted(all, store.alerts.value, store.wallNow.value);
    if (left.length !== all.length) pending.value = left;
    const shown = all.filter((one) => ![...left, ...late, ...lost].includes(one)).map(({ action }) => action);
    // The rows of one action's alerts come one by one.
    const done = [...new Set(shown)].filter((action) => !left.some((one) => one.action === action));
    if (done.length > 0) tell.done(done);
    if (late.length > 0) tell.late(late);
    if (lost.length > 0) tell.lost(lost);
  });
}
