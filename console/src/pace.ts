// Speed of an exercise, measured by the page: a node is not told how fast its director plays, and it changes.

/** Time during which a new page is too busy to take frames as they arrive, ms by this machine's clock. */
const SETTLE_MS = 2_000;
/** Time over which the speed is measured: at least, and at most. */
const LEAST_MS = 4_000;
const MOST_MS = 12_000;

/** Rounds a speed, as multiples of real time, to what the frames of some seconds can tell. */
export function rounded(speed: number): number {
  const step = speed < 20 ? 1 : speed < 100 ? 5 : speed < 1000 ? 10 : 100;
  return Math.round(speed / step) * step;
}

/** Measures how fast the picture's time runs. */
export class Pace {
  private begun: number | null = null;
  private samples: { wall: number; time: number }[] = [];

  /** Takes the time of a frame that arrived at `wall`; returns the speed as multiples of real time, null while it is not known. */
  take(wall: number, time: number): number | null {
    this.begun ??= wall;
    if (wall - this.begun < SETTLE_MS) return null;
    // Somebody wound the exercise, or this machine's clock was set.
    const last = this.samples.at(-1);
    if (last && (time < last.time || wall < last.wall)) this.samples = [];
    this.samples.push({ wall, time });
    while (this.samples.length > 2 && wall - this.samples[1]!.wall >= MOST_MS) this.samples.shift();
    const first = this.samples[0]!;
    return wall - first.wall < LEAST_MS ? null : rounded((time - first.time) / (wall - first.wall));
  }
}
