// All keys: what each does, when it applies, and its text in the help. Each action has one key.

import type { AlertRow } from "./api";
import { act, copy, play } from "./client";
import * as dialog from "./dialog";
import { report, rowWords, subjectName } from "./format";
import { t } from "./i18n";
import { acknowledgeMany, closeMany, shared, work } from "./many";
import { asked, liveOf, mapActions, showOnMap } from "./map/shown";
import { MINUTE_MS, seekBy } from "./panels/player";
import { rewindBy } from "./panels/rewind";
import * as queue from "./queue";
import { MUTE_MS } from "./sound";
import * as store from "./store";

export interface Key {
  key: string;
  /** Name of the text: `keys.<name>`. */
  name: string;
  /** Whether the key acts on the selected alert alone, or on all that are picked if some are; both need the right to act. */
  onAlert?: "selected" | "picked";
  /** Whether the key applies to the selected alert, or to the first that is picked. */
  when?: (row: AlertRow) => boolean;
  /** Whether the key repeats while it is held down. */
  again?: boolean;
  run: () => void;
}

const ids = (rows: readonly AlertRow[]): string[] => rows.map((row) => row.alert.id);
const one = (): string[] => (store.selectedRow.value ? [store.selectedRow.value.alert.id] : []);
const unacknowledged = (): AlertRow[] => queue.targets.value.filter((row) => !row.acknowledged && !row.closed);
function claim(): void {
  const { own, left } = shared(false);
  void work({ action: "assign", alerts: ids(own), to: store.me.value }, left);
}

function handOver(): void {
  const { own, left } = shared(store.isSupervisor.value);
  dialog.ask(
    "hand_over",
    [
      { name: "to", label: t("dialog.to"), suggested: [...officers(), ...centreNames()] },
      { name: "text", label: t("dialog.note"), optional: true },
    ],
    (v) => work({ action: "assign", alerts: ids(own), to: v.to ?? "", ...(v.text ? { text: v.text } : {}) }, left),
    own.length,
  );
}

function comment(): void {
  const alerts = one();
  dialog.ask("comment", [{ name: "text", label: t("dialog.text"), long: true }], (v) =>
    act({ action: "comment", alerts, text: v.text ?? "" }),
  );
}

/** Names of the centres that have the selected alert: to assign it to one of them is to offer the lead. */
function centreNames(): string[] {
  const row = store.selectedRow.value;
  return row && leads(row) ? receivers(row).map(({ name }) => name) : [];
}

/** Names of officers who acted on alerts, as suggestions for a hand-over. */
function officers(): string[] {
  const names = [...store.alerts.value.values()].flatMap((row) => [
    row.acknowledged?.by,
    row.assigned?.to,
    row.closed?.by,
    ...row.comments.map(({ by }) => by),
  ]);
  return [...new Set(names.filter((name) => name !== undefined && name !== store.me.value))].sort() as string[];
}

const leads = (row: AlertRow): boolean => row.lead?.centre === store.own.value;
/** Whether another centre waits for this one to accept the lead. */
const isOffered = ({ offer }: AlertRow): boolean => offer?.state === "waiting" && offer.to === store.own.value;
/** Whether a centre has an alert. */
const has = (row: AlertRow, centre: string): boolean =>
  row.from === centre || row.centres.some((state) => state.centre === centre && state.received !== null);
/** An alert of the selected incident that a centre has: between centres an incident is named by one of its alerts. */
const alertOf = (row: AlertRow, centre: string): string => (incidentOf(row).find((r) => has(r, centre)) ?? row).alert.id;
const incidentOf = (row: AlertRow): readonly AlertRow[] => queue.groupOf(row.alert.id)?.rows ?? [row];
/** Centres that have an alert of the incident, to which it can be handed. */
const receivers = (row: AlertRow) =>
  store.centres.value.filter(({ name }) => name !== store.own.value && incidentOf(row).some((r) => has(r, name)));

/** Offers the lead of the selected alert's incident to another centre. */
function offer(): void {
  const row = store.selectedRow.value;
  if (!row) return;
  const options = receivers(row).map(({ name, label }) => ({ value: name, label }));
  dialog.ask(
    "offer",
    [
      { name: "to", label: t("dialog.centre"), options },
      { name: "text", label: t("dialog.note"), optional: true },
    ],
    (v) => act({ action: "offer", alert: alertOf(row, v.to ?? ""), to: v.to ?? "", ...(v.text ? { text: v.text } : {}) }),
  );
}

/** Refuses or takes the lead, with a reason. */
function decide(action: "refuse" | "take"): void {
  const row = store.selectedRow.value;
  const alert = row && alertOf(row, (action === "refuse" ? row.offer?.from : row.lead?.centre) ?? "");
  if (!alert) return;
  dialog.ask(action, [{ name: "text", label: t("dialog.reason"), optional: true }], (v) =>
    act({ action, alert, ...(v.text ? { text: v.text } : {}) }),
  );
}

function accept(): void {
  const row = store.selectedRow.value;
  if (row?.offer) void act({ action: "accept", alert: alertOf(row, row.offer.from) });
}

function silence(): void {
  const subjects = store.selectedRow.value?.alert.properties.subjects ?? [];
  dialog.ask(
    "silence",
    [
      { name: "subject", label: t("dialog.subject"), options: subjects.map((s) => ({ value: s.track, label: subjectName(s) })) },
      { name: "minutes", label: t("dialog.minutes"), first: "60", number: true },
    ],
    async (v) => {
      const [subject, minutes] = [v.subject ?? "", Number(v.minutes)];
      const name = subjects
        .filter((s) => s.track === subject)
        .map(subjectName)
        .join();
      const isTaken = await act({ action: "silence", subject, minutes });
      if (isTaken) store.tell(t("notice.silenced", { name, n: minutes }));
      return isTaken;
    },
  );
}

function hold(): void {
  void act({ action: store.selectedRow.value?.held ? "release" : "hold", alerts: one() });
}

function toggle(panel: store.Panel): void {
  store.panel.value = store.panel.value === panel ? "none" : panel;
}

function tool(name: store.Tool): void {
  store.tool.value = store.tool.value === name ? "none" : name;
}

/** Selects the next or the previous alert, and has it read out. */
function step(by: number): void {
  queue.step(by);
  if (store.selectedRow.value) store.said.value = rowWords(store.selectedRow.value);
}

const PALETTES: readonly store.Palette[] = ["day", "dusk", "night"];

export const KEYS: readonly Key[] = [
  { key: "j", name: "next", again: true, run: () => step(1) },
  { key: "k", name: "previous", again: true, run: () => step(-1) },
  {
    key: "u",
    name: "unfold",
    run: () => {
      const group = queue.groupOf(store.selectedRow.value?.alert.id ?? "");
      if (group) queue.unfold(group);
    },
  },
  {
    key: "a",
    name: "acknowledge",
    onAlert: "picked",
    when: () => unacknowledged().length > 0,
    run: () =>
      queue.pickedRows.value.length > 0
        ? acknowledgeMany("acknowledge", unacknowledged())
        : void act({ action: "acknowledge", alerts: ids(unacknowledged()) }),
  },
  {
    key: "c",
    name: "claim",
    onAlert: "picked",
    when: (row) => !row.closed && row.assigned?.to !== store.me.value,
    run: claim,
  },
  { key: "h", name: "hand_over", onAlert: "picked", when: (row) => !row.closed, run: handOver },
  { key: "1", name: "accept", onAlert: "selected", when: isOffered, run: accept },
  { key: "2", name: "refuse", onAlert: "selected", when: isOffered, run: () => decide("refuse") },
  { key: "i", name: "offer", onAlert: "selected", when: (row) => leads(row) && receivers(row).length > 0, run: offer },
  {
    key: "z",
    name: "take",
    onAlert: "selected",
    when: (row) => row.lead !== null && !leads(row) && !isOffered(row),
    run: () => decide("take"),
  },
  { key: "n", name: "comment", onAlert: "selected", run: comment },
  {
    key: "m",
    name: "mute_alert",
    onAlert: "picked",
    when: (row) => !row.muted && store.isOpen(row),
    run: () => void act({ action: "mute", alerts: ids(queue.targets.value) }),
  },
  { key: "s", name: "silence", onAlert: "selected", when: (row) => row.alert.properties.subjects.length > 0, run: silence },
  { key: "x", name: "close", onAlert: "picked", when: (row) => !row.closed, run: closeMany },
  {
    key: "o",
    name: "reopen",
    onAlert: "selected",
    when: (row) => row.closed !== null,
    run: () => void act({ action: "reopen", alerts: one() }),
  },
  { key: "p", name: "hold", onAlert: "selected", when: (row) => !row.held, run: hold },
  { key: "p", name: "release", onAlert: "selected", when: (row) => row.held, run: hold },
  {
    key: "y",
    name: "copy",
    run: () => {
      const row = store.selectedRow.value;
      if (row) void copy(report(row, liveOf(row)));
    },
  },
  {
    key: "g",
    name: "show",
    run: () => {
      const row = store.selectedRow.value;
      const selected = store.selection.value;
      const target = selected?.kind === "track" ? store.picture.targets.get(selected.id) : undefined;
      // Where the craft is, and not where it was when the alert came.
      if (row) showOnMap(liveOf(row)[0]?.at ?? row.alert.geometry.coordinates);
      else if (target) showOnMap([target.lon, target.lat]);
    },
  },
  { key: "/", name: "search", run: () => toggle("search") },
  { key: "w", name: "map", run: () => toggle("map") },
  { key: "r", name: "range_bearing", run: () => tool("range-bearing") },
  { key: "t", name: "cpa", run: () => tool("cpa") },
  { key: "e", name: "mark", run: () => store.mayAct.value && toggle("mark") },
  { key: "b", name: "rewind", run: () => rewindBy(null) },
  { key: "l", name: "log", run: () => toggle("log") },
  { key: "6", name: "rules", run: () => store.mayTune.value && toggle("rules") },
  { key: "f", name: "health", run: () => toggle("health") },
  {
    key: "v",
    name: "coverage",
    run: () => (store.layers.value = { ...store.layers.value, coverage: !store.layers.value.coverage }),
  },
  {
    key: "d",
    name: "palette",
    run: () => (store.palette.value = PALETTES[(PALETTES.indexOf(store.palette.value) + 1) % PALETTES.length] ?? "day"),
  },
  {
    key: "q",
    name: "mute",
    run: () => (store.mutedUntil.value = store.mutedUntil.value > Date.now() ? 0 : Date.now() + MUTE_MS),
  },
  { key: "0", name: "silences", run: () => toggle("silences") },
  { key: "3", name: "select", run: () => store.mayAct.value && queue.togglePicking() },
  { key: "5", name: "home", run: () => mapActions.home() },
  { key: "?", name: "help", run: () => toggle("help") },
  {
    key: " ",
    name: "play",
    run: () => store.player.value && store.isSupervisor.value && void play({ command: store.player.value.playing ? "pause" : "play" }),
  },
];

/** Whether a key applies now. */
export function isOn({ onAlert, when }: Key): boolean {
  if (!onAlert) return true;
  const row = onAlert === "picked" ? queue.actedOn.value : store.selectedRow.value;
  return row !== null && store.mayAct.value && (when?.(row) ?? true);
}

function leaveMode(): void {
  if (store.rewinding.value) rewindBy("end");
  else if (store.tool.value !== "none") store.tool.value = "none";
  else if (queue.isPicking.value) queue.togglePicking();
  else if (store.panel.value !== "none") store.panel.value = "none";
  else if (store.isWall.value) store.isWall.value = false;
  else if (asked.value) asked.value = null;
  else store.selection.value = null;
}

/** Handles keys until the returned function is called. */
export function listen(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || store.loggedOut.value) return;
    const question = dialog.open.value;
    if (question) {
      // The browser reports a closed dialog only later; keys pressed until then would be lost.
      if (event.key !== "Escape") return;
      event.preventDefault();
      dialog.leave(question);
      return;
    }
    if (event.key === "Escape") {
      leaveMode();
      return;
    }
    const element = event.target as HTMLElement;
    // A box that selects an alert takes the space bar alone.
    const isBox = element instanceof HTMLInputElement && element.type === "checkbox";
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) && !isBox) return;
    if (event.key === " " && (isBox || element.tagName === "BUTTON")) return;
    if (store.rewinding.value && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      event.preventDefault();
      rewindBy(event.key === "ArrowLeft" ? -10_000 : 10_000);
      return;
    }
    // The focused map and a slider use the arrow keys themselves.
    if (store.player.value && store.isSupervisor.value && /^Arrow(Left|Right)$/.test(event.key) && !element.closest(".map")) {
      event.preventDefault();
      seekBy(event.key === "ArrowLeft" ? -MINUTE_MS : MINUTE_MS);
      return;
    }
    // Caps Lock changes no key.
    const key = KEYS.find((k) => k.key === event.key.toLowerCase() && isOn(k));
    if (!key) return;
    event.preventDefault();
    // A key that is held down acts once, unless it repeats.
    if (!event.repeat || key.again) key.run();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
