// A sound for a new alert, by its severity; again when it escalates. Muting it ends by itself, and a real distress is heard
// through it.

import { effect, signal } from "@preact/signals";
import type { AlertRow } from "./api";
import * as store from "./store";

/** Muting lasts so long. */
export const MUTE_MS = 15 * 60_000;
/** Tones by severity: hertz, and how many. */
const TONES: Record<string, readonly [number, number]> = {
  minor: [523, 1], moderate: [659, 1], severe: [784, 2], extreme: [988, 4],
};

let context: AudioContext | null = null;
/** A browser lets no page sound before the first click or key. */
export const isLocked = signal(true);

export function unlock(): void {
  context ??= new AudioContext();
  void context.resume().then(() => (isLocked.value = context?.state !== "running"));
}

/** What is to be heard of a row that was so before, if anything; it is told apart from what was there when the page came. */
export function isHeard(row: AlertRow, before: AlertRow | undefined, mutedUntil: number, now: number): boolean {
  const { phase, pattern, exercise } = row.alert.properties;
  if (row.acknowledged || row.closed || row.muted || phase === "ended") return false;
  const fresh = before === undefined || (row.escalated && !before.escalated);
  const distress = pattern === "distress" && exercise === null;
  return fresh && (distress || now >= mutedUntil);
}

function sound(severity: string): void {
  if (!context || context.state !== "running") return;
  const [hertz, count] = TONES[severity] ?? [523, 1];
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

/** Sounds from here on. */
export function listen(): () => void {
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, unlock, { once: true });
  const ended = effect(() => {
    const news = store.news.value;
    if (news && isHeard(news.row, news.before, store.mutedUntil.peek(), Date.now())) {
      sound(news.row.alert.properties.severity);
    }
  });
  const real = effect(() => {
    if (store.realDistress.value) sound("extreme");
  });
  return () => {
    ended();
    real();
  };
}
