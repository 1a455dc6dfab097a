// The picture as the page holds it: what the stream told, by track. Not reactive: the map looks at it when it draws, and
// `store.pictureSeq` says that it changed.

import { Flag, type PictureFrame, type TrackAbout, type TrackRow } from "./api";

/** A track on the page. */
export interface Target {
  id: number;
  lon: number;
  lat: number;
  sogKn: number | null;
  cogDeg: number | null;
  headingDeg: number | null;
  altitudeFt: number | null;
  /** Of its newest position, ms. */
  time: number;
  flags: number;
  about: TrackAbout | null;
  /** Positions since the page knows it, oldest first: time, lon, lat. */
  trail: number[];
}

/** Points of a trail kept: 30 minutes at one in ten seconds. */
const TRAIL_POINTS = 180;
const TRAIL_EVERY_MS = 10_000;

export class Picture {
  readonly targets = new Map<number, Target>();
  readonly byKey = new Map<string, number>();
  now = 0;
  seq = 0;

  apply(frame: PictureFrame): void {
    if (frame.full) {
      const kept = new Set(frame.tracks.map((row) => row[0]));
      for (const id of this.targets.keys()) if (!kept.has(id)) this.forget(id);
    }
    for (const id of frame.gone) this.forget(id);
    for (const row of frame.tracks) this.move(row);
    for (const about of frame.about) this.introduce(about);
    this.now = frame.now;
    this.seq = frame.seq;
  }

  byKeyOf(key: string): Target | undefined {
    const id = this.byKey.get(key);
    return id === undefined ? undefined : this.targets.get(id);
  }

  private move(row: TrackRow): void {
    const [id, lon, lat, sogKn, cogDeg, headingDeg, altitudeFt, time, flags] = row;
    const known = this.targets.get(id);
    if (!known) {
      const target = { id, lon, lat, sogKn, cogDeg, headingDeg, altitudeFt, time, flags, about: null, trail: [time, lon, lat] };
      this.targets.set(id, target);
      return;
    }
    const last = known.trail[known.trail.length - 3] ?? 0;
    if (time - last >= TRAIL_EVERY_MS) {
      known.trail.push(time, lon, lat);
      if (known.trail.length > 3 * TRAIL_POINTS) known.trail.splice(0, 3);
    }
    Object.assign(known, { lon, lat, sogKn, cogDeg, headingDeg, altitudeFt, time, flags });
  }

  private introduce(about: TrackAbout): void {
    const target = this.targets.get(about.id);
    if (!target) return;
    const before = target.about?.key;
    if (before !== undefined && before !== about.key) {
      this.byKey.delete(before);
      target.trail = [target.time, target.lon, target.lat];
    }
    target.about = about;
    this.byKey.set(about.key, about.id);
  }

  private forget(id: number): void {
    const key = this.targets.get(id)?.about?.key;
    if (key !== undefined && this.byKey.get(key) === id) this.byKey.delete(key);
    this.targets.delete(id);
  }
}

export const kindOf = (target: Target): number => target.flags & Flag.kind;
export const isDark = (target: Target): boolean => (target.flags & Flag.dark) !== 0;
