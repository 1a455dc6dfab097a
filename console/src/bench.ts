// State of the Rules workspace: rules in force, changes that are tried, zones that are drawn, trials, versions.

import { computed, signal } from "@preact/signals";
import type * as api from "./api";
import { get, isNamed, post, put, remove, words } from "./client";
import type { Comparison } from "./comparison";
import { bytes } from "./format";
import { t } from "./i18n";
import type { LonLat } from "./map/nautical";
import * as store from "./store";

export type LimitValue = number | string | readonly string[] | null;
export interface Limit {
  name: string;
  value: LimitValue;
  unit: string;
  bound: string;
  optional: boolean;
  lowest: number | null;
  highest: number | null;
  words?: readonly string[];
}
/** Tracks that one limit alone kept from an alert, by their distance from it as a share of the limit. */
export interface NearMisses {
  limit: string;
  bounds: readonly number[];
  counts: readonly number[];
}
export interface Rule {
  name: string;
  pattern: string;
  file: string;
  enabled?: boolean;
  severity?: string;
  inside?: readonly string[];
  outside?: readonly string[];
  limits: readonly Limit[];
  raised: number;
  closed: Readonly<Record<string, number>>;
  cannot_judge: Readonly<Record<string, number>>;
  near_misses: readonly NearMisses[];
}
export interface RulesInForce extends Omit<api.RulesInForce, "rules"> {
  rules: readonly Rule[];
}
/** Alerts of a rule at one value of a limit. */
export interface SweptValue extends Omit<api.SweptValue, "value"> {
  value: LimitValue;
}
export interface Swept extends Omit<api.Swept, "values" | "stopped"> {
  values: readonly SweptValue[];
  stopped: { at: string; alerts: number } | null;
}
export interface Change {
  rule: string;
  limit: string;
  value: number | string | boolean | readonly string[];
}
/** A zone that was drawn. */
export interface Drawn {
  id: string;
  name: string;
  kind: string;
  ring: readonly LonLat[];
  /** Rule whose area it is added to; empty for none. */
  rule: string;
}
export interface TrialState extends Omit<api.TrialState, "swept" | "comparison"> {
  swept: Swept | null;
  comparison: Comparison | null;
}
export type Tab = "rules" | "trial" | "versions";

export const tab = signal<Tab>("rules");
export const inForce = signal<RulesInForce | null>(null);
export const log = signal<readonly api.VersionRow[]>([]);
/** The version that taking back puts in force; null where there is none. */
export const before = signal<api.Before | null>(null);
/** Alerts by value of the limits that were asked about, by rule and limit. */
export const swept = signal<ReadonlyMap<string, Swept>>(new Map());
/** The limit that is being swept, and the trial that does it. */
export const sweeping = signal<{ key: string; state: TrialState } | null>(null);
/** The recording that is being sent, and the share that is there. */
export const sending = signal<{ name: string; share: number; cancel: () => void } | null>(null);
/** Name of the rule whose limits are shown. */
export const chosen = signal<string | null>(null);
const changed = signal<ReadonlyMap<string, Change>>(new Map());
export const changes = computed(() => [...changed.value.values()]);
export const zones = signal<readonly Drawn[]>([]);
export const hours = signal(24);
export const recordings = signal<readonly api.Recorded[]>([]);
/** Names of the recordings that a trial runs over; none: those of the hours. */
export const picked = signal<readonly string[]>([]);
export const trial = signal<TrialState | null>(null);
/** What the shown trial was about: a result of other changes is none of these. */
const tried = signal("");
/** Alert of the trial that is shown on the map. */
export const pointed = signal<string | null>(null);
export const fault = signal("");

/** Corners of the zone that is being drawn, and how. */
export const corners = signal<readonly LonLat[]>([]);
export type Shape = "none" | "polygon" | "circle";
export const shape = signal<Shape>("none");

export const keyOf = (rule: string, limit: string): string => `${rule}/${limit}`;
/** The value that is tried for a limit; undefined where it is not changed. */
export const triedValue = (rule: string, limit: string): Change["value"] | undefined => changed.value.get(keyOf(rule, limit))?.value;
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Tries a value for a limit; the value in force is no change. */
export function setValue(rule: string, limit: string, value: Change["value"] | undefined, own: LimitValue | boolean): void {
  const next = new Map(changed.value);
  if (value === undefined || isSame(value, own)) next.delete(keyOf(rule, limit));
  else next.set(keyOf(rule, limit), { rule, limit, value });
  changed.value = next;
}

export function forget(): void {
  changed.value = new Map();
  zones.value = [];
  trial.value = null;
  tried.value = "";
  pointed.value = null;
}

/** Changes as they are sent: a zone that is drawn for a rule is one of the rule's areas. */
export const sent = computed((): Change[] => {
  const areas = zones.value.filter(({ rule }) => rule !== "");
  const own = (name: string): readonly string[] => inForce.value?.rules.find((rule) => rule.name === name)?.inside ?? [];
  const rules = [...new Set(areas.map(({ rule }) => rule))];
  return [
    ...changes.value,
    ...rules.map((rule) => ({
      rule,
      limit: "inside",
      value: [...own(rule), ...areas.filter((area) => area.rule === rule).map(({ id }) => id)],
    })),
  ];
});

export const features = computed(() =>
  zones.value.length === 0
    ? undefined
    : {
        type: "FeatureCollection",
        features: zones.value.map(({ id, name, kind, ring }) => ({
          type: "Feature",
          properties: { id, kind, name },
          geometry: { type: "Polygon", coordinates: [[...ring, ring[0]]] },
        })),
      },
);
const body = computed(() => ({ changes: sent.value, ...(features.value ? { zones: features.value } : {}) }));
export const isChanged = computed(() => changes.value.length > 0 || zones.value.length > 0);
/** Whether the result on the screen is of the changes on the screen. */
export const isCurrent = computed(() => trial.value !== null && tried.value === JSON.stringify(body.value));
export const isRunning = computed(() => trial.value !== null && isUnderWay(trial.value));

async function asked<T>(what: Promise<T>): Promise<T | undefined> {
  try {
    const answer = await what;
    fault.value = "";
    return answer;
  } catch (error) {
    fault.value = words(error);
    return undefined;
  }
}

/** Loads rules, versions and recordings. */
export async function load(): Promise<void> {
  const [rules, versions, recorded, back] = await Promise.all([
    asked(get<RulesInForce>("/rules")),
    get<api.VersionRow[]>("/rules/log").catch(() => []),
    get<api.Recorded[]>("/rules/recordings").catch(() => []),
    get<api.Before>("/rules/back").catch(() => null),
  ]);
  if (rules) {
    // What was found about other rules says nothing about these.
    if (rules.version !== inForce.value?.version) swept.value = new Map();
    inForce.value = rules;
  }
  log.value = versions;
  recordings.value = recorded;
  before.value = back;
}

/** The recordings that a trial runs over, as they are sent. */
const over = () => (picked.value.length > 0 ? { recordings: picked.value } : { hours: hours.value });

/** Sends recordings, one after the other, and chooses them for the trial. */
export async function upload(files: readonly File[]): Promise<void> {
  for (const file of files) {
    const room = inForce.value?.upload_room ?? 0;
    if (file.size > room) {
      fault.value = t("rules.upload_large", { name: file.name, size: bytes(room) });
      return;
    }
    const tell = (share: number): void => {
      if (sending.value) sending.value = { ...sending.value, share };
    };
    let isCancelled = false;
    const { done, cancel: end } = put(`/rules/recordings/${encodeURIComponent(file.name)}`, file, tell);
    const stop = (): void => {
      isCancelled = true;
      end();
    };
    sending.value = { name: file.name, share: 0, cancel: stop };
    const isThere = (await asked(done.then(() => !isCancelled))) ?? false;
    sending.value = null;
    if (!isThere) return;
    await load();
    picked.value = [...new Set([...picked.value, file.name])];
  }
}

/** Removes a recording that was sent. */
export async function removeUpload(name: string): Promise<void> {
  await asked(remove(`/rules/recordings/${encodeURIComponent(name)}`));
  picked.value = picked.value.filter((other) => other !== name);
  await load();
}

const POLL_MS = 500;

const isUnderWay = ({ stage }: TrialState): boolean => stage === "waiting" || stage === "running";

/** Starts a trial; returns its name. */
async function begin(wanted: object): Promise<string | undefined> {
  const answer = await asked(post("/rules/trials", { ...wanted, ...over() }));
  return answer && ((await answer.json()) as { trial: string }).trial;
}

/** Shows a trial up to its end, as long as somebody wants to see it. */
async function follow(id: string, show: (state: TrialState) => void, isWanted = () => true): Promise<void> {
  do {
    const state = await asked(get<TrialState>(`/rules/trials/${id}`));
    if (!state) return;
    show(state);
    if (!isUnderWay(state)) return;
    await new Promise((done) => setTimeout(done, POLL_MS));
  } while (isWanted());
}

/** Finds out how many alerts a rule raises at several values of a limit. */
export async function sweep(rule: string, limit: string, values: readonly (number | string)[]): Promise<void> {
  const key = keyOf(rule, limit);
  const id = await begin({ sweep: { rule, limit, values } });
  if (!id) return;
  await follow(id, (state) => {
    if (isUnderWay(state)) sweeping.value = { key, state };
    else if (state.swept) swept.value = new Map(swept.value).set(key, state.swept);
    else if (state.error) fault.value = `${t(`rules.${state.stage}`)} ${state.error}`;
  });
  sweeping.value = null;
}

/** Starts a trial of the changes, and follows it to its end. */
export async function run(): Promise<void> {
  const about = JSON.stringify(body.value);
  const id = await begin(body.value);
  if (!id) return;
  tried.value = about;
  pointed.value = null;
  await follow(
    id,
    (state) => (trial.value = state),
    () => trial.value?.trial === id,
  );
}

const drop = (of: TrialState | null | undefined) => of && asked(remove(`/rules/trials/${of.trial}`));
export const cancelSweep = () => drop(sweeping.value?.state);
export const cancel = () => drop(trial.value);

/** The officer, where nobody logs in. */
const by = (): { by?: string } => (store.session.value?.login_required ? {} : { by: store.officer.value.trim() });

/** Puts the changes in force. */
export async function force(why: string, secondYes: boolean): Promise<boolean> {
  if (!isNamed()) return false;
  const answer = await asked(post("/rules/force", { ...body.value, why, second_yes: secondYes, ...by() }));
  if (!answer) return false;
  forget();
  store.tell(t("rules.in_force_now"));
  await load();
  tab.value = "versions";
  return true;
}

/** Keeps a judgement about an alert of this node as truth. Returns whether it is kept. */
export async function judge(alert: string, verdict: api.Verdict, why: string): Promise<boolean> {
  if (!isNamed()) return false;
  try {
    await post("/rules/labels", { alert, verdict, why, ...by() });
  } catch (error) {
    store.warn(words(error));
    return false;
  }
  store.tell(t("truth.kept"));
  return true;
}

/** Puts the version before in force again. */
export async function back(why: string): Promise<boolean> {
  if (!isNamed()) return false;
  const answer = await asked(post("/rules/back", { why, to: before.value?.version, ...by() }));
  if (!answer) return false;
  store.tell(t("rules.taken_back"));
  await load();
  return true;
}
