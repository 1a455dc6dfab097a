// Actions on several alerts at once, each with a reason.

import type { AlertRow, Outcome } from "./api";
import { act } from "./client";
import { OUTCOMES } from "./constants";
import * as dialog from "./dialog";
import { t } from "./i18n";
import * as queue from "./queue";
import * as store from "./store";

const ids = (rows: readonly AlertRow[]): string[] => rows.map((row) => row.alert.id);

/** Acknowledges several alerts with a reason, which becomes a comment on each. */
export function acknowledgeMany(title: string, rows: readonly AlertRow[], reason = ""): void {
  const alerts = ids(rows);
  dialog.ask(
    title,
    [{ name: "text", label: t("dialog.reason"), first: reason }],
    async (v) => {
      const isDone = (await act({ action: "comment", alerts, text: v.text ?? "" })) && (await act({ action: "acknowledge", alerts }));
      if (isDone) queue.picked.value = new Set();
      return isDone;
    },
    alerts.length,
  );
}

const isOthers = ({ assigned }: AlertRow): boolean => assigned !== null && assigned.to !== store.me.value;

/** Splits the alerts that an action applies to: those to act on, and those that others work on. If others work on all, the server refuses. */
export function shared(isTakenOver: boolean): { own: AlertRow[]; left: AlertRow[] } {
  const rows = queue.targets.value.filter((row) => !row.closed);
  const own = rows.filter((row) => isTakenOver || !isOthers(row));
  if (own.length > 0) return { own, left: rows.filter((row) => !own.includes(row)) };
  return { own: rows.filter(({ alert }) => alert.id === queue.actedOn.value?.alert.id), left: [] };
}

/** Notifies that some alerts were left to the officers who work on them. */
function tellLeft(left: readonly AlertRow[]): void {
  if (left.length === 0) return;
  const names = [...new Set(left.map(({ assigned }) => assigned?.to))].join(", ");
  store.tell(t("notice.left", { numbers: left.map(({ number }) => number).join(", "), names }));
}

export async function work(action: Parameters<typeof act>[0], left: readonly AlertRow[]): Promise<boolean> {
  const isTaken = await act(action);
  if (isTaken) tellLeft(left);
  return isTaken;
}

/** Closes the alerts that were shown when the question opened; one that arrives meanwhile stays open. No outcome is chosen beforehand. */
export function closeMany(): void {
  const { own, left } = shared(store.isSupervisor.value);
  const outcomes = OUTCOMES.map((value) => ({ value: value as string, label: t(`outcome.${value}`) }));
  dialog.ask(
    "close",
    [
      { name: "outcome", label: t("dialog.outcome"), options: [{ value: "", label: t("dialog.choose") }, ...outcomes] },
      { name: "text", label: t("dialog.note"), optional: queue.pickedRows.value.length === 0 },
    ],
    async (v) => {
      const text = v.text ? { text: v.text } : {};
      const isDone = await work({ action: "close", alerts: ids(own), outcome: v.outcome as Outcome, ...text }, left);
      if (isDone) queue.picked.value = new Set();
      return isDone;
    },
    own.length,
  );
}
