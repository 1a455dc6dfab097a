// The picture of the page: the content of the stream, by track. It is not reactive: the map reads it when it draws, and
// `store.pictureSeq` counts its changes.

import type { PictureFrame, TrackAbout, TrackRow, TrailRow } from "./api";
import { Flag } from "./constants";
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
  /** Time of the newest position, ms. */
  time: number;
  flags: number;
  about: TrackAbout | null;
  /** Position in map units, and velocity in map units per second. */
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** Positions since the page received the track, oldest first: time, lon, lat. */
  trail: number[];
}

/** Maximum number of points of a trail: 30 minutes at one per ten seconds. */
const TRAIL_POINTS = 180;
const TRAIL_EVERY_MS = 10_000;
/** Minimum movement for a new point of a trail, degrees: about 30 m. */
const TRAIL_STEP_DEG = 0.0003;
/** Time without a frame after which event time stops, ms. */
const GOES_ON_MS = 10_000;

export class Picture {
  readonly targets = new Map<number, Target>();
  private readonly byKey = new Map<string, number>();
  now = 0;
  seq = 0;
  /** Trails from before a seek, until the frame of its time. */
  private earlier: ReadonlyMap<number, readonly TrailRow[]> | null = null;
  /** Time of the last change of `now`, ms by this machine's clock. */
  private changedAt = 0;

  apply(frame: PictureFrame, wall = Date.now()): void {
    if (frame.now !== this.now) this.changedAt = wall;
    // After a seek backwards in a recording the stored trails lie in the future.
    const woundBack = frame.now < this.now;
    if (frame.full) {
      const kept = new Set(frame.tracks.map((row) => row[0]));
      for (const id of this.targets.keys()) if (!kept.has(id)) this.forget(id);
    }
    for (const id of frame.gone) this.forget(id);
    for (const row of frame.tracks) this.move(row);
    for (const about of frame.about) this.introduce(about);
    if (woundBack) for (const target of this.targets.values()) target.trail = [target.time, target.lon, target.lat];
    if (this.earlier) this.prepend(this.earlier);
    this.earlier = null;
    this.now = frame.now;
    this.seq = frame.seq;
  }

  /** Takes the trails from before a recording was moved to another time. The frame of that time comes after them. */
  takeTrails(trails: readonly (readonly [number, readonly TrailRow[]])[]): void {
    this.earlier = new Map(trails);
  }

  /** Event time at a time of this machine's clock; between frames it advances `rate` times as fast. */
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

  /** Puts earlier positions before the trails of targets. */
  private prepend(earlier: ReadonlyMap<number, readonly TrailRow[]>): void {
    for (const target of this.targets.values()) {
      const before = (earlier.get(target.id) ?? []).filter(([time]) => time < target.time);
      const points = before.slice(-TRAIL_POINTS).flatMap((point) => point.slice(0, 3) as number[]);
      target.trail = [...points, target.time, target.lon, target.lat];
    }
  }

  private forget(id: number): void {
    const key = this.targets.get(id)?.about?.key;
    if (key !== undefined && this.byKey.get(key) === id) this.byKey.delete(key);
    this.targets.delete(id);
  }
}

export const kindOf = (target: Target): number => target.flags & Flag.kind;
/** Whether a target is dark: seen by radar, and identified by no AIS or transponder. */
export const isDark = ({ flags }: Target): boolean => (flags & Flag.dark) !== 0 && (flags & Flag.radar) !== 0;
export const isLost = ({ flags }: Target): boolean => (flags & Flag.lost) !== 0;
/** Label of a target: its name, or else its number. */
export function nameOf({ id, about }: Target): string {
  if (!about) return `#${id}`;
  const label = about.label ? ` ${about.label}` : "";
  return about.name ?? about.call_sign ?? about.mmsi?.toString() ?? about.icao ?? (about.number ? about.number + label : `#${id}`);
}
