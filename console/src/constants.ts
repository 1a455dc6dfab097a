// Values that the server's JSON holds as numbers or words. The types are in api.ts, which is generated.

import type { Outcome } from "./api";

/** Kinds of tracks: the lowest three bits of a TrackRow's flags. */
export const Kind = { vessel: 0, fixed: 1, aircraft: 2, distress: 3, netBuoy: 4 } as const;

/** Bits of a TrackRow's flags. */
export const Flag = {
  kind: 0b111,
  /** Radars see the track, and neither AIS nor a transponder explains it. */
  dark: 1 << 3,
  /** A radar feeds the track. */
  radar: 1 << 4,
  /** The track states, or stated, its identity: AIS, transponder. */
  cooperative: 1 << 5,
  /** The track was not heard for longer than its own rate allows. */
  lost: 1 << 6,
  /** An alert is open on the track. */
  alert: 1 << 7,
} as const;

/** Outcomes of an alert, in the order of the keys. */
export const OUTCOMES = [
  "confirmed",
  "false-alarm",
  "no-resource",
  "lost-contact",
  "lawful",
  "other",
] as const satisfies readonly Outcome[];

/** Compiles only while OUTCOMES has every outcome that the server knows. */
export const everyOutcome: Record<Outcome, true> = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, true])) as Record<
  (typeof OUTCOMES)[number],
  true
>;
