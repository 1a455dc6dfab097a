// The last half hour again, while the present goes on underneath.

import type { Rewind } from "../api";
import { Picture } from "../picture";

/** Pictures of the past, put together from frames. */
export class Past {
  private frames: Rewind["frames"] = [];
  private shown: { at: number; picture: Picture } | null = null;

  get from(): number | null {
    return this.frames[0]?.now ?? null;
  }

  take(rewind: Rewind): void {
    this.frames = rewind.frames;
    this.shown = null;
  }

  /** The picture as it was at a time; who the tracks were is as it is known now. */
  at(time: number, present: Picture): Picture {
    let last = this.frames.findLastIndex((frame) => frame.now <= time);
    if (last < 0) last = 0;
    if (this.shown?.at === last) return this.shown.picture;
    const picture = new Picture();
    for (const frame of this.frames.slice(0, last + 1)) {
      picture.apply({ seq: 0, full: false, about: [], ...frame });
    }
    for (const [id, target] of picture.targets) {
      const known = present.targets.get(id);
      if (known?.about && known.about.first_heard <= target.time) {
        picture.apply({ seq: 0, now: picture.now, full: false, tracks: [], gone: [], about: [known.about] });
      }
    }
    this.shown = { at: last, picture };
    return picture;
  }
}
