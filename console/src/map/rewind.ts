// The last half hour again, while the present goes on underneath.

import type { Rewind } from "../api";
import { Picture } from "../picture";

/** Pictures of the past, put together from frames. */
export class Past {
  private frames: Rewind["frames"] = [];
  /** Frames put together so far. */
  private done = 0;
  private picture = new Picture();

  get from(): number | null {
    return this.frames[0]?.now ?? null;
  }

  take(rewind: Rewind): void {
    this.frames = rewind.frames;
    this.begin();
  }

  /** The picture as it was at a time; who the tracks were is as it is known now. */
  at(time: number, present: Picture): Picture {
    // Nothing is kept yet, as after winding a recording: an empty sea would be a lie.
    if (this.frames.length === 0) return present;
    const wanted = Math.max(1, this.frames.findLastIndex((frame) => frame.now <= time) + 1);
    // Forward goes on from where it is; back begins anew.
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
