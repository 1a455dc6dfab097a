// Speed of an exercise, measured by the page: a node is not told how fast its director plays, and it changes.

/** Time over which the speed is measured, ms by this machine's clock: at least, and at most. */
const LEAST_MS = 7_000;
const MOST_MS = 14_000;
/** Least time between two frames that are compared. */
const APART_MS = 2_500;

/** Rounds a speed, as multiples of real time, to what the frames of some seconds can tell. */
export function rounded(speed: number): number {
  const step = speed < 20 ? 1 : speed < 100 ? 5 : speed < 1000 ? 10 : 100;
  return Math.round(speed / step) * step;
}

/** Measures how fast the picture's time runs. */
export class Pace {
  private samples: { wall: number; time: number }[] = [];

  /** Takes the time of a frame that arrived at `wall`; returns the speed as multiples of real time, null while it is not known. */
  take(wall: number, time: number): number | null {
    // Somebody wound the exercise, or this machine's clock was set.
    const last = this.samples.at(-1);
    if (last && (time < last.time || wall < last.wall)) this.samples = [];
    this.samples.push({ wall, time });
    this.samples = this.samples.filter((sample) => wall - sample.wall <= MOST_MS);
    return wall - this.samples[0]!.wall < LEAST_MS ? null : rounded(this.median());
  }

  /** The median over pairs of frames (Theil and Sen): the frames that a busy page takes late do not count. */
  private median(): number {
    const speeds = this.samples.flatMap((from, i) =>
      this.samples
        .slice(i + 1)
        .filter((to) => to.wall - from.wall >= APART_MS)
        .map((to) => (to.time - from.time) / (to.wall - from.wall)),
    );
    speeds.sort((a, b) => a - b);
    return speeds[Math.floor(speeds.length / 2)]!;
  }
}
