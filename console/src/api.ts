// What the server says and takes: /api/v1. One place; the server's own description is /api/v1/openapi.json.
// Times are milliseconds since 1970 UTC unless a name says otherwise; positions are longitude, latitude, WGS 84.

export type Role = "viewer" | "officer" | "supervisor";
export type Severity = "minor" | "moderate" | "severe" | "extreme";
export type Mode = "live" | "exercise" | "replay";

/** GET /session */
export interface Session {
  node: string;
  state: string;
  version: string;
  mode: Mode;
  /** The exercise's name; null for the real thing. */
  exercise: string | null;
  /** Users are configured: nothing but this and /login answers without one. */
  login_required: boolean;
  /** Who is logged in. Without log-in: null, and every action names its officer itself. */
  user: { name: string; role: Role } | null;
  /** What the session may do: an absent log-in on loopback is a supervisor. */
  role: Role;
  /** To be sent back as the header X-Vigie-Token with every POST. */
  token: string;
}

/** POST /login {name, password} -> Session (401 wrong, 429 too many tries); POST /logout -> 204. */
export interface Login {
  name: string;
  password: string;
}

// ---- GET /stream: server-sent events, `event:` is the name below, `data:` is JSON ----
//   session (Session)  first of all
//   picture (PictureFrame)   each second; `full` first, and whenever this client fell behind
//   alerts  (AlertRow[])     the whole queue: after (re)connecting
//   alert   (AlertRow)       one that changed
//   marks   (Mark[])         all manual tracks and tags, whenever one changed
//   health  (Health)         every 2 s
//   player  (PlayerState)    where a recording is played: on change and each second
//   real    (AlertFeature)   a real alert of distress, while an exercise is played
// No picture for 10 s: what is shown is stale.

/**
 * [id, lon, lat, sog_kn, cog_deg, heading_deg, altitude_ft, time, flags]; null where not known.
 * `id` is a place in the picture: reused when `about[id].key` becomes another one.
 */
export type TrackRow = [number, number, number, number | null, number | null, number | null, number | null, number, number];

/** Bits of TrackRow's flags; the lowest three are the kind. */
export const Kind = { vessel: 0, fixed: 1, aircraft: 2, distress: 3, netBuoy: 4 } as const;
export const Flag = {
  kind: 0b111,
  /** Radars see it and neither AIS nor a transponder explains it. */
  dark: 1 << 3,
  /** A radar feeds it. */
  radar: 1 << 4,
  /** It says, or said, who it is: AIS, transponder. */
  cooperative: 1 << 5,
  /** Not heard for longer than its own rate allows. */
  lost: 1 << 6,
  /** An alert is open on it. */
  alert: 1 << 7,
} as const;

/** Who a track is: sent when it is new or changes. */
export interface TrackAbout {
  id: number;
  /** Its subject key: mmsi:…, icao:…, radar:…; alerts name their subjects by it. */
  key: string;
  mmsi: number | null;
  imo: number | null;
  icao: string | null;
  name: string | null;
  call_sign: string | null;
  ship_type: string | null;
  length_m: number | null;
  /** ISO 3166-1 alpha-3. */
  flag: string | null;
  nav_status: string | null;
  squawk: string | null;
  /** ais, radar, ais+radar, adsb … */
  source: string;
  feeds: string[];
  first_heard: number;
}

export interface PictureFrame {
  seq: number;
  /** Event time: the newest report of any feed. */
  now: number;
  /** All tracks, and not only those that changed. */
  full: boolean;
  tracks: TrackRow[];
  about: TrackAbout[];
  /** Tracks that are no more. */
  gone: number[];
}

// ---- alerts ----

/** An alert as `vigie.alert/1` has it (docs/schema/alert.schema.json): its newest event. */
export interface AlertFeature {
  type: "Feature";
  id: string;
  geometry: { type: "Point"; coordinates: [number, number] };
  properties: {
    node: string;
    state: string;
    exercise: string | null;
    marking: string;
    releasable_to: string[];
    seq: number;
    pattern: string;
    rule: string;
    phase: "raised" | "updated" | "ended";
    end_reason: string | null;
    severity: Severity;
    certainty: string;
    onset: string;
    time: string;
    ended: string | null;
    subjects: AlertSubject[];
    zones: { id: string; kind: string; state: string; name: string; status: string | null }[];
    place: { from: string | null; bearing_deg: number | null; distance_nm: number | null; to_coast_nm: number | null };
    not_judged: string[];
    incident: string | null;
    measured: Record<string, number | string[] | null>;
    limits: Record<string, number | string[] | null>;
    summary: string;
    evidence: {
      reports: number;
      first: string;
      last: string;
      feeds: string[];
      /** [RFC 3339, lon, lat, sog_kn] of the first subject. */
      trail: [string, number, number, number | null][];
    };
  };
}

export interface AlertSubject {
  track: string;
  domain: "surface" | "air";
  mmsi: number | null;
  imo: number | null;
  name: string | null;
  call_sign: string | null;
  ship_type: string | null;
  length_m: number | null;
  flag: string | null;
  dark: boolean;
  formerly: { mmsi: number; name: string | null; until: string }[];
  /** Null where nobody knows: a device in distress may not say where it is. */
  position: [number, number] | null;
  position_time: string | null;
  accuracy_m: number | null;
  source: string;
  sog_kn: number | null;
  cog_deg: number | null;
  icao: string | null;
  squawk: string | null;
  altitude_ft: number | null;
}

/** Somebody did something, and when. */
export interface Done {
  by: string;
  time: number;
}

export const OUTCOMES = ["confirmed", "false-alarm", "no-resource", "lost-contact", "lawful", "other"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A row of the queue: an alert, and what officers did about it. */
export interface AlertRow {
  /** Short and spoken: "alert two one four". */
  number: number;
  alert: AlertFeature;
  /** When it came to the watch, by this machine's clock. */
  raised: number;
  acknowledged: Done | null;
  /** Who works on it: a claim keeps two officers from doing so. */
  assigned: (Done & { to: string }) | null;
  /** Muted for this occurrence. */
  muted: Done | null;
  closed: (Done & { outcome: Outcome; text: string | null }) | null;
  comments: (Done & { text: string })[];
  /** Nobody has acknowledged it in its severity's time. */
  escalated: boolean;
  /** Kept beyond its time: a case's. */
  held: boolean;
}

/**
 * POST /actions: what an officer does. 202 {id} once it is taken; it is done when the stream shows so, which is after it
 * is on disk. 403 the role may not, 409 another has claimed the alert, 422 what is wrong. `by` only where there is no log-in.
 * Several alerts at once: `alerts`.
 */
export type Action =
  | { action: "acknowledge"; alerts: string[]; by?: string }
  | { action: "assign"; alerts: string[]; to: string; by?: string; text?: string } // hand over too
  | { action: "comment"; alerts: string[]; text: string; by?: string }
  | { action: "mute"; alerts: string[]; by?: string } // this occurrence
  | { action: "silence"; subject: string; minutes: number; by?: string } // this vessel, by behaviour time
  | { action: "close"; alerts: string[]; outcome: Outcome; text?: string; by?: string }
  | { action: "reopen"; alerts: string[]; by?: string }
  | { action: "hold" | "release"; alerts: string[]; by?: string }
  /** A manual track (a fisherman's call), a known craft's tag, an own unit: shown, never judged. */
  | { action: "mark"; mark: Mark; by?: string }
  | { action: "unmark"; mark: string; by?: string }
  | { action: "log"; text: string; by?: string }; // a line of the watch log

/** What officers put on the picture. */
export interface Mark {
  /** The sender's choice, unique: `crypto.randomUUID()`. */
  id: string;
  kind: "contact" | "tag" | "unit";
  name: string;
  text: string | null;
  /** Of a contact, and of a unit without a track. */
  position: [number, number] | null;
  cog_deg: number | null;
  sog_kn: number | null;
  /** What a tag or a unit is about: a track's key. */
  track: string | null;
  /** A unit's best speed, for the time to intercept. */
  top_speed_kn: number | null;
  by?: string;
  time?: number;
}

// ---- health ----

/** As `vigie.status/1` (docs/mqtt.md) says it, with what "cannot judge" means tonight. */
export interface Health {
  schema: string;
  node: string;
  time: string;
  since: string;
  broker: { state: "connected" | "away"; since: string; reason: string | null; connections: number; failed_tries: number };
  feeds: FeedHealth[];
  alerts: {
    written: number;
    sent: number;
    waiting: number;
    unreceived: number;
    disk_error: string | null;
    latency_ms: { p50: number; p99: number } | null;
  };
  journal: { entries: number; head: string; input_error: string | null };
  actions: { taken: number; refused: number };
  input: { messages: number; waits: number; redelivered: number; nobodys: number };
  /** Counts `cannot-judge/<rule>/<reason>` are among them. */
  engine: { now: string | null; tracks: number; counts: Record<string, number> };
}

export interface FeedHealth {
  name: string;
  state: "waiting" | "heard" | "silent";
  silent_since: string | null;
  last_arrival: string | null;
  last_report: string | null;
  lag_s: number | null;
  clock_offset_s: number | null;
  reports_per_min: number;
  messages: number;
  reports: number;
  retained: number;
  errors: Record<string, number>;
  /** Where the feed brings several. */
  stations?: { name: string; last_arrival: string; silent: boolean }[];
  registration?: { station: number; range_m: number; bearing_deg: number; comparisons: number; applied: boolean }[];
}

/**
 * GET /coverage: a FeatureCollection, one Polygon a station: what it lately heard (AIS, ADS-B) or reaches (radar).
 * properties: {feed, kind: "heard" | "reach", state: "heard" | "silent", aircraft: boolean}; site as Point with
 * {feed, kind: "site"}.
 */

// ---- the map: GET /map/coast, /map/depths, /map/zones, /map/places: GeoJSON, cached ----
//   coast: lines or polygons of land; depths: {depth_m}; zones: {id, kind, state, name, status, floor_ft?, ceiling_ft?};
//   places: Points {name}; an absent one answers an empty collection.

// ---- what was ----

/** GET /tracks/{id}/trail: the last 30 minutes: [time, lon, lat, sog_kn], oldest first. */
export type Trail = [number, number, number, number | null][];

/** GET /rewind: the last 30 minutes, a frame each 10 s: each holds the rows that changed since the one before. */
export interface Rewind {
  frames: { now: number; tracks: TrackRow[]; gone: number[] }[];
}

/** GET /search?q=: name, MMSI, IMO, call sign, ICAO address, alert number; best first, at most 20. */
export type Found = { kind: "track"; id: number; key: string; label: string } | { kind: "alert"; id: string; label: string };

/** GET /log?since=ms: the watch log, newest first; /brief: a relief brief as plain text (text/plain). */
export interface LogLine {
  time: number;
  what: "alert" | "action" | "change";
  by: string | null;
  alert: string | null;
  number: number | null;
  text: string;
}

// ---- GET /export/tracks.(geojson|kml|csv), /export/alerts.(geojson|kml|csv) ----

// ---- GET /player, POST /player: only where a recording is played (mode "replay") ----

export interface PlayerState {
  recording: string;
  from: number;
  until: number;
  now: number;
  playing: boolean;
  /** Times real time; null: as fast as it goes. */
  speed: number | null;
  loop: boolean;
  /** Alerts as the whole recording raises them; empty while that is being looked at. */
  marks: { time: number; id: string; severity: Severity; pattern: string; number: number }[];
  /** Share of the recording looked at for the marks, 0 to 1. */
  looked: number;
  /** Feeds that the director has made fail. */
  failed: string[];
}

export type PlayerCommand =
  | { command: "play" | "pause" }
  | { command: "speed"; speed: number | null }
  | { command: "seek"; to: number }
  | { command: "loop"; loop: boolean }
  /** The director puts a message in, on a feed's topic, or makes a feed fail. */
  | { command: "inject"; topic: string; payload: string }
  | { command: "fail"; feed: string; failed: boolean };

/** GET /debrief: supervisors only, after an exercise with a truth file: what was, what the system and the watch did. */
export interface Debrief {
  behaviours: {
    pattern: string;
    subjects: string[];
    begins: number;
    due: number;
    ends: number;
    /** Seconds from due to raised, acknowledged, closed; null: never. */
    raised_s: number | null;
    acknowledged_s: number | null;
    closed_s: number | null;
    alert: string | null;
    number: number | null;
  }[];
  false_alerts: { id: string; number: number; pattern: string; time: number }[];
}

/** Every error: {error: "what, and how to mend it"}. */
export interface Failure {
  error: string;
}
