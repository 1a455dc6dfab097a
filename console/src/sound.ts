// Sounds for a new alert, by severity, and again when an alert escalates. Muting ends by itself; a real distress is audible
// while muted.

import { effect, signal } from "@preact/signals";
import type { AlertRow, Severity } from "./api";
import * as store from "./store";

/** Duration of muting, ms. */
export const MUTE_MS = 15 * 60_000;
/** Tones by severity: frequency in hertz, and number of beeps. */
const TONES: Record<Severity, readonly [number, number]> = {
  minor: [523, 1],
  moderate: [659, 1],
  severe: [784, 2],
  extreme: [988, 4],
};

let context: AudioContext | null = null;
/** The audio context. Browsers allow one only after the first click or key. */
export const isLocked = signal(true);

export function unlock(): void {
  context ??= new AudioContext();
  void context.resume().then(() => (isLocked.value = context?.state !== "running"));
}

/** Whether a changed row sounds: a new alert that interrupts, or one that escalated. Rows that were there when the page opened are silent. */
export function isHeard(row: AlertRow, before: AlertRow | undefined, mutedUntil: number, now: number): boolean {
  const { phase, pattern, exercise, attention } = row.alert.properties;
  if (attention === "quiet") return false;
  if (row.acknowledged || row.closed || row.muted || phase === "ended") return false;
  const fresh = before === undefined || (row.escalated && !before.escalated);
  const distress = pattern === "distress" && exercise === null;
  return fresh && (distress || now >= mutedUntil);
}

/** Worst severity to sound of several changed rows. */
export function loudest(news: readonly store.News[], mutedUntil: number, now: number): Severity | null {
  const heard = news.filter(({ row, before }) => isHeard(row, before, mutedUntil, now)).map(({ row }) => row);
  const worst = heard.sort((a, b) => store.worst(b) - store.worst(a))[0];
  return worst?.alert.properties.severity ?? null;
}

/** Minimum time between two sounds, ms, unless the second alert is worse. */
const APART_MS = 1_500;
let last = { at: 0, severity: "minor" as Severity };

export function maySound(severity: Severity, now: number, before = last): boolean {
  return now - before.at >= APART_MS || store.WORST[severity] > store.WORST[before.severity];
}

function sound(severity: Severity): void {
  if (context?.state !== "running" || !maySound(severity, Date.now())) return;
  last = { at: Date.now(), severity };
  const [hertz, count] = TONES[severity];
  for (let i = 0; i < count; i++) {
    const at = context.currentTime + i * 0.28;
    const [tone, loud] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = hertz;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.24);
    tone.connect(loud).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.26);
  }
}

/** Starts sounding alerts. */
export function listen(): () => void {
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, unlock, { once: true });
  const ended = effect(() => {
    const severity = loudest(store.news.value, store.mutedUntil.peek(), Date.now());
    if (severity) sound(severity);
  });
  const real = effect(() => {
    if (store.realDistress.value) sound("extreme");
  });
  return () => {
    ended();
    real();
  };
}
