// The picture as the page holds it: what the stream told, by track. Not reactive: the map looks at it when it draws, and
// `store.pictureSeq` says that it changed.

import { Flag, type PictureFrame, type TrackAbout, type TrackRow } from "./api";
import { project, stretch } from "./map/mercator";

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
  /** On the map, and how it moves there, a second. */
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** Positions since the page knows it, oldest first: time, lon, lat. */
  trail: number[];
}

/** Points of a trail kept: 30 minutes at one in ten seconds. */
const TRAIL_POINTS = 180;
const TRAIL_EVERY_MS = 10_000;
/** Who has not moved by this, degrees, has no new point: some 30 m. */
const TRAIL_STEP_DEG = 0.0003;
/** Without a frame for so long the picture's time stands. */
const GOES_ON_MS = 10_000;

export class Picture {
  readonly targets = new Map<number, Target>();
  private readonly byKey = new Map<string, number>();
  now = 0;
  seq = 0;
  /** When `now` last changed, ms of this machine. */
  private changedAt = 0;

  apply(frame: PictureFrame, wall = Date.now()): void {
    if (frame.now !== this.now) this.changedAt = wall;
    // A recording that was wound back: what is known of before is the future.
    const woundBack = frame.now < this.now;
    if (frame.full) {
      const kept = new Set(frame.tracks.map((row) => row[0]));
      for (const id of this.targets.keys()) if (!kept.has(id)) this.forget(id);
    }
    for (const id of frame.gone) this.forget(id);
    for (const row of frame.tracks) this.move(row);
    for (const about of frame.about) this.introduce(about);
    if (woundBack) for (const target of this.targets.values()) target.trail = [target.time, target.lon, target.lat];
    this.now = frame.now;
    this.seq = frame.seq;
  }

  /** Event time at a moment of this machine: between frames it goes on, `rate` times as fast. */
  timeAt(wall: number, rate: number): number {
    return this.now + rate * Math.min(GOES_ON_MS, Math.max(0, wall - this.changedAt));
  }

  byKeyOf(key: string): Target | undefined {
    const id = this.byKey.get(key);
    return id === undefined ? undefined : this.targets.get(id);
  }

  private move(row: TrackRow): void {
    const [id, lon, lat, sogKn, cogDeg, headingDeg, altitudeFt, time, flags] = row;
    const [x, y] = project([lon, lat]);
    const speed = sogKn !== null && cogDeg !== null ? (sogKn * 1852 * stretch(lat)) / 3600 : 0;
    const course = ((cogDeg ?? 0) * Math.PI) / 180;
    const [vx, vy] = [speed * Math.sin(course), speed * Math.cos(course)];
    const moved = { lon, lat, sogKn, cogDeg, headingDeg, altitudeFt, time, flags, x, y, vx, vy };
    const known = this.targets.get(id);
    if (!known) {
      this.targets.set(id, { id, about: null, trail: [time, lon, lat], ...moved });
      return;
    }
    const [last, lastLon, lastLat] = known.trail.slice(-3) as [number, number, number];
    const hasMoved = Math.abs(lon - lastLon) + Math.abs(lat - lastLat) > TRAIL_STEP_DEG;
    if (hasMoved && time - last >= TRAIL_EVERY_MS) {
      known.trail.push(time, lon, lat);
      if (known.trail.length > 3 * TRAIL_POINTS) known.trail.splice(0, 3);
    }
    Object.assign(known, moved);
  }

  private introduce(about: TrackAbout): void {
    const target = this.targets.get(about.id);
    if (!target) return;
    const before = target.about?.key;
    if (before !== undefined && before !== about.key) {
      if (this.byKey.get(before) === about.id) this.byKey.delete(before);
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
/** Seen by radar, and nothing explains it. */
export const isDark = ({ flags }: Target): boolean => (flags & Flag.dark) !== 0 && (flags & Flag.radar) !== 0;
export const isLost = ({ flags }: Target): boolean => (flags & Flag.lost) !== 0;
/** What to call it: its name, else its number. */
export function nameOf({ id, about }: Target): string {
  if (!about) return `#${id}`;
  const target = /^radar:.*:(\d+)@/.exec(about.key);
  return about.name ?? about.call_sign ?? (about.mmsi ? String(about.mmsi) : about.icao) ?? (target ? `T${target[1]}` : `#${id}`);
}
