// Every key, once: what it does, when, and its words for the help. One key an action.

import { OUTCOMES, type AlertSubject } from "./api";
import { act, copy, play } from "./client";
import * as dialog from "./dialog";
import { report } from "./format";
import { grouped, passes } from "./groups";
import { t } from "./i18n";
import { filter } from "./panels/queue";
import { rewindBy } from "./panels/rewind";
import { MUTE_MS } from "./sound";
import * as store from "./store";
import { showOnMap } from "./map/view";

export interface Key {
  key: string;
  /** `keys.<name>` in the tables of words. */
  name: string;
  /** Works on the selected alert, and needs the right to. */
  onAlert?: boolean;
  run: () => void;
}

/** The alerts that an action is for: the selected one, with those of its group. */
function targets(): string[] {
  const row = store.selectedRow.value;
  if (!row) return [];
  const group = grouped(store.alertRows.value.filter((r) => passes(r, filter.value))).find((g) => g.rows.includes(row));
  return (group?.rows ?? [row]).map((r) => r.alert.id);
}

const one = (): string[] => (store.selectedRow.value ? [store.selectedRow.value.alert.id] : []);

function step(by: number): void {
  const groups = grouped(store.alertRows.value.filter((row) => passes(row, filter.value)));
  const at = groups.findIndex((group) => group.rows.some((row) => row.alert.id === store.selectedRow.value?.alert.id));
  const next = groups[Math.min(groups.length - 1, Math.max(0, at + by))];
  if (next?.rows[0]) store.selection.value = { kind: "alert", id: next.rows[0].alert.id };
}

const nameOfSubject = (all: readonly AlertSubject[], track: string): string => all.find((s) => s.track === track)?.name ?? track;

function toggle(panel: store.Panel): void {
  store.panel.value = store.panel.value === panel ? "none" : panel;
}

function tool(name: store.Tool): void {
  store.tool.value = store.tool.value === name ? "none" : name;
}

const PALETTES: readonly store.Palette[] = ["day", "dusk", "night"];

export const KEYS: readonly Key[] = [
  { key: "j", name: "next", run: () => step(1) },
  { key: "k", name: "previous", run: () => step(-1) },
  { key: "a", name: "acknowledge", onAlert: true, run: () => void act({ action: "acknowledge", alerts: targets() }) },
  {
    key: "c", name: "claim", onAlert: true,
    run: () => void act({ action: "assign", alerts: one(), to: store.me.value }),
  },
  {
    key: "h", name: "hand_over", onAlert: true,
    run: () => dialog.ask("hand_over", [{ name: "to", label: t("dialog.to") }, { name: "text", label: t("dialog.note"), optional: true }], (v) =>
      act({ action: "assign", alerts: one(), to: v.to ?? "", ...(v.text ? { text: v.text } : {}) })),
  },
  {
    key: "n", name: "comment", onAlert: true,
    run: () => dialog.ask("comment", [{ name: "text", label: t("dialog.text"), long: true }], (v) =>
      act({ action: "comment", alerts: one(), text: v.text ?? "" })),
  },
  { key: "m", name: "mute_alert", onAlert: true, run: () => void act({ action: "mute", alerts: targets() }) },
  {
    key: "s", name: "silence", onAlert: true,
    run: () => {
      const subjects = store.selectedRow.value?.alert.properties.subjects ?? [];
      dialog.ask("silence", [
        { name: "subject", label: t("dialog.subject"), options: subjects.map((s) => ({ value: s.track, label: s.name ?? s.track })) },
        { name: "minutes", label: t("dialog.minutes"), first: "60", number: true },
      ], async (v) => {
        const [subject, minutes] = [v.subject ?? "", Number(v.minutes)];
        const isTaken = await act({ action: "silence", subject, minutes });
        // Nothing else shows it.
        if (isTaken) store.tell(t("notice.silenced", { name: nameOfSubject(subjects, subject), n: minutes }));
        return isTaken;
      });
    },
  },
  {
    key: "x", name: "close", onAlert: true,
    run: () => dialog.ask("close", [
      { name: "outcome", label: t("dialog.outcome"), options: OUTCOMES.map((o) => ({ value: o, label: t(`outcome.${o}`) })) },
      { name: "text", label: t("dialog.note"), optional: true },
    ], (v) => act({ action: "close", alerts: targets(), outcome: v.outcome as (typeof OUTCOMES)[number], ...(v.text ? { text: v.text } : {}) })),
  },
  { key: "o", name: "reopen", onAlert: true, run: () => void act({ action: "reopen", alerts: one() }) },
  {
    key: "p", name: "hold", onAlert: true,
    run: () => void act({ action: store.selectedRow.value?.held ? "release" : "hold", alerts: one() }),
  },
  {
    key: "y", name: "copy",
    run: () => {
      const row = store.selectedRow.value;
      if (row) void copy(report(row));
    },
  },
  {
    key: "g", name: "show",
    run: () => {
      const row = store.selectedRow.value;
      const selected = store.selection.value;
      const target = selected?.kind === "track" ? store.picture.targets.get(selected.id) : undefined;
      if (row) showOnMap(row.alert.geometry.coordinates);
      else if (target) showOnMap([target.lon, target.lat]);
    },
  },
  { key: "/", name: "search", run: () => toggle("search") },
  { key: "r", name: "range_bearing", run: () => tool("range-bearing") },
  { key: "t", name: "cpa", run: () => tool("cpa") },
  { key: "e", name: "mark", run: () => store.mayAct.value && toggle("mark") },
  { key: "b", name: "rewind", run: () => rewindBy(null) },
  { key: "l", name: "log", run: () => toggle("log") },
  { key: "f", name: "health", run: () => toggle("health") },
  {
    key: "v", name: "coverage",
    run: () => (store.layers.value = { ...store.layers.value, coverage: !store.layers.value.coverage }),
  },
  {
    key: "d", name: "palette",
    run: () => (store.palette.value = PALETTES[(PALETTES.indexOf(store.palette.value) + 1) % PALETTES.length] ?? "day"),
  },
  {
    key: "q", name: "mute",
    run: () => (store.mutedUntil.value = store.mutedUntil.value > Date.now() ? 0 : Date.now() + MUTE_MS),
  },
  { key: "?", name: "help", run: () => toggle("help") },
  {
    key: " ", name: "play",
    run: () => store.player.value && void play({ command: store.player.value.playing ? "pause" : "play" }),
  },
];

function escape(): void {
  if (store.rewinding.value) rewindBy("end");
  else if (store.tool.value !== "none") store.tool.value = "none";
  else if (store.panel.value !== "none") store.panel.value = "none";
  else store.selection.value = null;
}

/** Keys are taken until the returned function is called. */
export function listen(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || dialog.open.value || store.loggedOut.value) return;
    if (event.key === "Escape") return escape();
    const element = event.target as HTMLElement;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName)) return;
    if (event.key === " " && element.tagName === "BUTTON") return;
    if (store.rewinding.value && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      event.preventDefault();
      return rewindBy(event.key === "ArrowLeft" ? -10_000 : 10_000);
    }
    // Caps Lock takes no key away.
    const key = KEYS.find((k) => k.key === event.key.toLowerCase());
    if (!key || (key.onAlert && (!store.selectedRow.value || !store.mayAct.value))) return;
    event.preventDefault();
    key.run();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
