// Formats quantities, times and positions as officers write them.

import type { AlertRow, AlertSubject, Marked } from "./api";
import { language, TABLES, t } from "./i18n";
import { sign } from "./limits";

/** Formats an angle as degrees and minutes: 13°05.12'N. */
function angle(value: number, digits: number, letters: readonly [string, string]): string {
  let minutes = Math.round(Math.abs(value) * 60 * 100) / 100;
  const degrees = Math.floor(minutes / 60);
  minutes -= degrees * 60;
  const shown = minutes.toFixed(2).padStart(5, "0");
  return `${String(degrees).padStart(digits, "0")}°${shown}'${value < 0 ? letters[1] : letters[0]}`;
}

/** Formats a position as degrees and minutes: 13°05.12'N 059°36.40'W. */
export function position([lon, lat]: readonly [number, number]): string {
  return `${angle(lat, 2, ["N", "S"])} ${angle(lon, 3, ["E", "W"])}`;
}

/** Parses a position as `position` writes it or as people type it: `13 05.1 N, 59 36.4 W`, `13.085, -59.607`. Null if invalid. */
export function parsePosition(text: string): [number, number] | null {
  const decimal = /^\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (decimal) return checked(Number(decimal[2]), Number(decimal[1]));
  const part = String.raw`(\d{1,3})[°\s]+(\d{1,2}(?:\.\d+)?)['′\s]*`;
  const match = new RegExp(`^\\s*${part}([NS])[,;\\s]*${part}([EWO])\\s*$`, "i").exec(text);
  if (!match) return null;
  const [, latD, latM, latL, lonD, lonM, lonL] = match;
  const lat = Number(latD) + Number(latM) / 60;
  const lon = Number(lonD) + Number(lonM) / 60;
  if (Number(latM) >= 60 || Number(lonM) >= 60) return null;
  return checked(/[wo]/i.test(lonL ?? "") ? -lon : lon, /s/i.test(latL ?? "") ? -lat : lat);
}

function checked(lon: number, lat: number): [number, number] | null {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

const two = (n: number): string => String(n).padStart(2, "0");

/** Formats a UTC time: 04:12:07Z. */
export function utc(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}Z`;
}

/** Formats a UTC date and time: 2026-01-01 04:12Z. */
export function utcDay(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")}Z`;
}

/** Formats a time in the browser's time zone: 00:12. */
export function local(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** Formats a duration: 45 s, 6 min, 1 h 05 min. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  if (min < 48 * 60) return `${Math.floor(min / 60)} h ${two(min % 60)} min`;
  return `${Math.floor(min / 1440)} d`;
}

export const knots = (value: number | null): string => (value === null ? "–" : figure(`${value.toFixed(1)} kn`));
export const degrees = (value: number | null): string => (value === null ? "–" : `${String(Math.round(value) % 360).padStart(3, "0")}°`);

/** Writes the decimal sign of the page's language. */
export const bytes = (count: number): string => figure(count >= 1e6 ? `${(count / 1e6).toFixed(1)} MB` : `${Math.ceil(count / 1000)} kB`);
export const figure = (text: string): string => (language.value === "en" ? text : text.replace(/(\d)\.(\d)/g, "$1,$2"));

/** Splits the name of a quantity in `measured` or `limits`: `max_speed_kn` is `limit.speed`, in knots. */
export function quantity(name: string): { word: string; base: string; unit: string | undefined } {
  const [, base = name, unit] = /^(.*?)(?:_(kn|nm|m|s|ft|deg))?$/.exec(name) ?? [];
  const [, word = base] = /^(?:(?:min|max)_)?(.*)$/.exec(base) ?? [];
  return { word, base, unit };
}

/** Quantities that are a part of a whole. */
const PARTS: readonly string[] = ["share", "slow_down"];

/** Formats the value of a quantity with its unit: 3600 of `min_duration_s` is 1 h 00 min. Words are in the page's language. */
export function amount(name: string, value: number | string | string[] | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.map((word) => t(`word.${word}`)).join(", ");
  if (typeof value === "string") return t(`word.${value}`);
  const { unit } = quantity(name);
  if (PARTS.includes(name)) return `${Math.round(value * 100)} %`;
  if (unit === "s") return span(value * 1000);
  return figure(unit === "deg" ? `${value}°` : unit ? `${value} ${unit}` : String(value));
}

/** Formats a limit: `max_speed_kn`, 2 gives ["speed", "≤ 2 kn"]. */
export function limit(pattern: string, name: string, value: number | string | string[] | null): [string, string] {
  const { word, base } = quantity(name);
  const compared = sign(pattern, base);
  return [t(`limit.${word}`), value === null ? "" : `${compared && `${compared} `}${amount(name, value)}`];
}

/** Source and number of a radar's target in a subject key, and nothing for other keys. */
export function targetOf(key: string): { radar: string; n: string } | null {
  const [, radar, n] = /^radar:(.*):(\d+)@/.exec(key) ?? [];
  return radar !== undefined && n !== undefined ? { radar, n } : null;
}

/** Name of a subject by its key alone: `mmsi:314001000` is MMSI 314001000; of a radar's target its number. */
export function subjectKeyName(key: string): string {
  const target = targetOf(key);
  if (target) return `T${target.n} ${target.radar}`;
  const [, kind, number] = /^(mmsi|icao|imo):(\w+)/.exec(key) ?? [];
  return kind && number ? `${kind.toUpperCase()} ${number}` : key;
}

/** Label of a subject: its name or number; what radars found has its track number, as on the map. */
export function subjectName(s: AlertSubject): string {
  const label = s.label ? ` ${s.label}` : "";
  return s.name ?? s.call_sign ?? (s.mmsi !== null ? String(s.mmsi) : s.icao) ?? (s.number ? s.number + label : s.track);
}

/** Bearing and distance from a named place, in the words of the IMO's standard phrases. */
export function placeWords(place: { from: string | null; bearing_deg: number | null; distance_nm: number | null }): string {
  const { from, bearing_deg: bearing, distance_nm: nm } = place;
  if (from === null || nm === null) return "";
  if (nm < 0.3 || bearing === null) return t("place.at", { name: from });
  return t("place.bearing", { bearing: degrees(bearing).replace("°", ""), nm: figure(nm.toFixed(1)), name: from });
}

/** Splits the sentence of an alert for its row: the reason without numbers of identity, and the place with its time, which stand apart. */
export function reasonAndPlace(row: AlertRow): { reason: string; place: string } {
  const { summary, place, time } = row.alert.properties;
  const reason = summary
    .replace(/ \((?:MMSI|ICAO|target)(?:[^()]|\([^()]*\))*\)/g, "")
    .replace(
      /, (?:of unknown position, heard )?(?:bearing \d{3}°, [\d.]+ miles from [^.]*|at \d\d°[^.]*\.\d'[NS] \d{3}°[^.]*\.\d'[EW])(?=\.)/,
      "",
    );
  // By now it may be miles from there.
  const at = `${utc(Date.parse(time)).slice(0, 5)}Z`;
  return { reason, place: `${placeWords(place) || position(row.alert.geometry.coordinates)}, ${at}` };
}

/** Writes a row of the queue as one sentence. */
export function rowWords(row: AlertRow): string {
  const { severity, pattern } = row.alert.properties;
  const { reason, place } = reasonAndPlace(row);
  const seen = row.acknowledged ? t("queue.seen_by", { name: row.acknowledged.by }) : "";
  return [`${row.number}`, t(`severity.${severity}`), t(`pattern.${pattern}`), place, reason, seen].filter(Boolean).join(", ");
}

/** ISO 3166-1 codes of two letters, which browsers can name, of the States and territories whose zones are shipped. */
const ALPHA_2: Record<string, string> = {
  ...{ ABW: "AW", AIA: "AI", ATG: "AG", BHS: "BS", BLZ: "BZ", BRB: "BB", COL: "CO", CUB: "CU", CUW: "CW", CYM: "KY", DMA: "DM" },
  ...{ DOM: "DO", FRA: "FR", GLP: "GP", GRD: "GD", GUF: "GF", GUY: "GY", HTI: "HT", JAM: "JM", KNA: "KN", LCA: "LC", MSR: "MS" },
  ...{ MTQ: "MQ", NLD: "NL", PRI: "PR", SUR: "SR", TCA: "TC", TTO: "TT", VCT: "VC", VEN: "VE", VGB: "VG", VIR: "VI" },
};

/** Name of a State in the page's language; its code if it is not known. */
export function stateName(code: string): string {
  const known = ALPHA_2[code];
  return known ? (new Intl.DisplayNames([language.value], { type: "region" }).of(known) ?? code) : code;
}

/** Kinds of zones whose names say no more than kind and State. */
const OF_STATE: readonly string[] = ["territorial-sea", "archipelagic-waters", "internal-waters", "contiguous-zone", "eez", "approaches"];

/** Name of a zone in the page's language, with its legal status. */
export function zoneName({ kind, state, name, status }: { kind: string; state: string; name: string; status: string | null }): string {
  const own = OF_STATE.includes(kind) && status === "derived" ? `${t(`zone.${kind}`)}, ${stateName(state)}` : name;
  return status ? `${own} (${t(`zone.status_${status}`)})` : own;
}

/** Position of a subject in the picture now. */
export interface Live {
  name: string;
  at: readonly [number, number];
  /** Time of the report, ms, and the time now. */
  time: number;
  now: number;
  sogKn: number | null;
  cogDeg: number | null;
  /** Whether sensors have lost it: the position is its last one. */
  lost: boolean;
}

/** Last known position of a subject, and its time. */
export function lastSeen({ position: at, position_time: time }: AlertSubject): string {
  return at && time ? `${position(at)} at ${utc(Date.parse(time))}` : "position unknown";
}

/** Formats an alert as plain text for copying: where its subjects are now, and where the alert was. */
export function report(row: AlertRow, live: readonly Live[] = []): string {
  const { properties: p, geometry } = row.alert;
  const exercise = p.exercise ? `EXERCISE ${p.exercise} EXERCISE ` : "";
  const mark = `${exercise}${p.marking.toUpperCase()}`;
  const times = (text: string): string => `${utcDay(Date.parse(text))} (${local(Date.parse(text))} local)`;
  const lines = [
    mark,
    `ALERT ${row.number} ${p.severity.toUpperCase()} ${p.pattern} ${p.phase}`,
    `FROM ${p.node} (${p.state})  RELEASABLE TO ${p.releasable_to.join(" ") || "nobody else"}`,
    ...live.map(
      (one) =>
        `${one.lost ? "LAST POSITION" : "POSITION NOW"} ${one.name}: ${position(one.at)} at ${utc(one.time)} (${span(one.now - one.time)} old), ${knots(one.sogKn)}, course ${degrees(one.cogDeg)}`,
    ),
    `POSITION OF THE ALERT at ${utc(Date.parse(p.time))}: ${position(geometry.coordinates)}`,
    `TIME ${times(p.time)}  ONSET ${times(p.onset)}`,
    p.summary,
    ...p.subjects.map((s) => {
      const who = [s.name, s.mmsi !== null && `MMSI ${s.mmsi}`, s.imo && `IMO ${s.imo}`, s.call_sign, s.number, s.flag].filter(Boolean);
      const what = `${s.dark ? "no AIS" : s.source}, ${knots(s.sog_kn)}, course ${degrees(s.cog_deg)}`;
      return `- ${who.join(", ") || s.track}: ${what}, ${lastSeen(s)}`;
    }),
    ...Object.keys(p.measured)
      .filter((name) => p.measured[name] !== null)
      .map((name) => {
        const { word, base } = quantity(name);
        const english = (TABLES.en as Record<string, string>)[`limit.${word}`] ?? word;
        const limit = p.limits[name] ?? null;
        const said = limit === null ? "" : ` (limit ${sign(p.pattern, base)} ${amount(name, limit)})`;
        return `  ${english} ${amount(name, p.measured[name])}${said}`;
      }),
    ...(p.not_judged.length ? [`NOT JUDGED ${p.not_judged.join(", ")}`] : []),
    row.acknowledged ? `ACKNOWLEDGED ${row.acknowledged.by} ${utc(row.acknowledged.time)}` : "NOT ACKNOWLEDGED",
    ...(row.closed ? [`CLOSED ${row.closed.outcome} ${row.closed.by} ${row.closed.text ?? ""}`.trim()] : []),
    `ID ${row.alert.id}`,
    mark,
  ];
  return lines.join("\n");
}

/** Returns the name of a mark, with the centre that put it on the picture where that is another one. */
export const markName = ({ name, centre }: Marked): string => (centre ? `${name} (${centre})` : name);
