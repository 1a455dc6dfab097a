// Reconstructs pictures of the last half hour.

import type { Rewind } from "../api";
import { Picture } from "../picture";

/** Reconstructs pictures of the past from stored frames. */
export class Past {
  private frames: Rewind["frames"] = [];
  /** Number of frames applied so far. */
  private done = 0;
  private picture = new Picture();

  get from(): number | null {
    return this.frames[0]?.now ?? null;
  }

  take(rewind: Rewind): void {
    this.frames = rewind.frames;
    this.begin();
  }

  /** Returns the picture at a time, with the identities that are known now. */
  at(time: number, present: Picture): Picture {
    // No frame is stored, for example after a seek; an empty picture would be wrong.
    if (this.frames.length === 0) return present;
    const wanted = Math.max(1, this.frames.findLastIndex((frame) => frame.now <= time) + 1);
    // Forward continues from the applied frames; backward starts again.
    if (wanted < this.done) this.begin();
    const next = this.frames.slice(this.done, wanted);
    if (next.length === 0) return this.picture;
    this.done = wanted;
    for (const frame of next) this.picture.apply({ seq: 0, full: false, about: [], ...frame });
    const about = [...this.picture.targets.values()].flatMap(({ id, time: heard, about: known }) => {
      const now = known ? null : present.targets.get(id)?.about;
      return now && now.first_heard <= heard ? [now] : [];
    });
    this.picture.apply({ seq: 0, now: this.picture.now, full: false, tracks: [], gone: [], about });
    return this.picture;
  }

  private begin(): void {
    this.done = 0;
    this.picture = new Picture();
  }
}
