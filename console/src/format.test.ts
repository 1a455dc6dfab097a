import { expect, test } from "vitest";
import type { AlertRow } from "./api";
import {
  amount,
  figure,
  limit,
  parsePosition,
  placeWords,
  position,
  quantity,
  reasonAndPlace,
  report,
  span,
  subjectName,
  zoneName,
} from "./format";
import { language } from "./i18n";
import { quantities, sign } from "./limits";

test("positions are formatted in degrees and minutes and parsed again", () => {
  expect(position([-59.606666, 13.085333])).toBe("13°05.12'N 059°36.40'W");
  expect(position([-60.99999, -0.0001])).toBe("00°00.01'S 061°00.00'W");
  for (const text of ["13°05.12'N 059°36.40'W", "13 05.12 n, 59 36.4 w", "13.085333, -59.606666"]) {
    const read = parsePosition(text);
    expect(read?.[0]).toBeCloseTo(-59.60666, 4);
    expect(read?.[1]).toBeCloseTo(13.08533, 4);
  }
  for (const text of ["", "13 65 N 59 0 W", "91, 0", "here", "13 05.1 N"]) expect(parsePosition(text)).toBeNull();
});

test("durations, quantities and limits are formatted", () => {
  expect([span(45_000), span(360_000), span(3_900_000)]).toEqual(["45 s", "6 min", "1 h 05 min"]);
  expect(quantity("max_speed_kn")).toEqual({ word: "speed", base: "max_speed", unit: "kn" });
  expect(quantity("min_witnesses")).toEqual({ word: "witnesses", base: "min_witnesses", unit: undefined });
  expect(quantity("share").word + quantity("turns").word).toBe("shareturns");
  expect(["max_speed_kn", "min_duration_s", "angle_deg"].map((name) => amount(name, 3600))).toEqual(["3600 kn", "1 h 00 min", "3600°"]);
  expect([amount("on", ["entry", "exit"]), amount("max_speed_kn", null)]).toEqual(["entry, exit", "–"]);
});

const subject = {
  track: "radar:moule-a-chique:42@2026-01-01T00:00:00Z",
  mmsi: null,
  imo: null,
  icao: null,
  name: null,
  call_sign: null,
  number: "AB017",
  label: null,
  flag: null,
  dark: true,
  source: "radar",
  sog_kn: 31.5,
  cog_deg: 318,
  position: [-60.62, 13.46],
  position_time: "2026-01-01T05:00:09Z",
};

function row(over: object = {}, more: object = {}): AlertRow {
  const properties = {
    node: "lca-ops",
    state: "LCA",
    exercise: null,
    marking: "restricted",
    releasable_to: ["LCA", "BRB"],
    pattern: "dark-target",
    phase: "raised",
    severity: "severe",
    onset: "2026-01-01T04:46:09Z",
    time: "2026-01-01T05:00:09Z",
    subjects: [subject],
    measured: { min_speed_kn: 30.8, min_inbound_nm: 7.2 },
    limits: { min_speed_kn: 15, from_coast_nm: 3 },
    not_judged: [],
    summary: "Craft without AIS has run in.",
    ...over,
  };
  return {
    number: 214,
    acknowledged: null,
    closed: null,
    alert: { id: "the-id", geometry: { coordinates: [-60.62, 13.46] }, properties },
    ...more,
  } as unknown as AlertRow;
}

test("an alert's text names its facts, and the exercise twice", () => {
  const text = report(row());
  for (const part of [
    "ALERT 214 SEVERE dark-target raised",
    "POSITION OF THE ALERT at 05:00:09Z: 13°27.60'N 060°37.20'W",
    "AB017: no AIS",
    "TIME 2026-01-01 05:00Z (",
    "local)",
    "speed 30.8 kn (limit ≥ 15 kn)",
    "closer to the coast by 7.2 nm",
    "no AIS, 31.5 kn, course 318°",
    "RELEASABLE TO LCA BRB",
    "NOT ACKNOWLEDGED",
    "ID the-id",
  ])
    expect(text).toContain(part);
  expect(text).not.toContain("EXERCISE");
  expect(report(row({ exercise: "dawn", marking: "restricted" })).match(/EXERCISE dawn EXERCISE RESTRICTED/g)?.length).toBe(2);
  expect(report(row({}, { acknowledged: { by: "Lt Clarke", time: 0 } }))).toContain("ACKNOWLEDGED Lt Clarke 00:00:00Z");
});

test("a copied report tells where the craft is now before where the alert was", () => {
  const now = Date.parse("2026-01-01T05:08:09Z");
  const live = { name: "AB017", at: [-60.7, 13.6] as const, time: now - 2_000, now, sogKn: 30, cogDeg: 318, lost: false };
  const lines = report(row(), [live]).split("\n");
  const [at, then] = ["POSITION NOW", "POSITION OF THE ALERT"].map((part) => lines.findIndex((line) => line.startsWith(part)));
  expect(lines[at!]).toBe("POSITION NOW AB017: 13°36.00'N 060°42.00'W at 05:08:07Z (2 s old), 30.0 kn, course 318°");
  expect(at!).toBeLessThan(then!);
  expect(report(row(), [{ ...live, lost: true }])).toContain("\nLAST POSITION AB017: 13°36.00'N");
});

test("a row tells reason and place apart, without numbers of identity", () => {
  const place = { from: "Ragged Point", bearing_deg: 118.4, distance_nm: 4.12, to_coast_nm: 3 };
  const of = (summary: string, over: object = {}) => reasonAndPlace(row({ summary, place: { ...place, ...over } }));
  expect(
    of("SEA GRAPE II (MMSI 314990201) and COPPER FINCH (MMSI 352990101) have been together, bearing 118°, 4.1 miles from Ragged Point."),
  ).toEqual({
    reason: "SEA GRAPE II and COPPER FINCH have been together.",
    place: "bearing 118°, 4.1 miles from Ragged Point, 05:00Z",
  });
  expect(
    of(
      "Unidentified craft AB017 (target 53 of south-point-radar, which was X (MMSI 1)) ran, bearing 118°, 4.1 miles from Ragged Point. Again after 3 min.",
    ).reason,
  ).toBe("Unidentified craft AB017 ran. Again after 3 min.");
  expect(of("X (MMSI 1) sails, at 13°02.4'N 059°42.6'W.", { from: null, bearing_deg: null, distance_nm: null })).toEqual({
    reason: "X sails.",
    place: "13°27.60'N 060°37.20'W, 05:00Z",
  });
  expect(placeWords({ from: "Kingstown", bearing_deg: 3, distance_nm: 0.1 })).toBe("at Kingstown");
});

test("limits have their sign, and one quantity has one row", () => {
  expect([sign("loitering", "radius"), sign("shadowing", "angle"), sign("drifting", "angle"), sign("rendezvous", "large")]).toEqual([
    "≤",
    "≤",
    "≥",
    "≥",
  ]);
  expect(limit("loitering", "radius_nm", 1)).toEqual(["radius", "≤ 1 nm"]);
  const properties = {
    measured: { near_coast_nm: 8.89, min_speed_kn: 30 },
    limits: { from_coast_nm: 3, min_speed_kn: 15, large_m: null, time_of_day: ["any"] },
  };
  expect(quantities(properties as unknown as AlertRow["alert"]["properties"])).toEqual([
    { name: "near_coast_nm", limit: "from_coast_nm" },
    { name: "min_speed_kn", limit: "min_speed_kn" },
  ]);
});

test("figures and zones are in the page's language", () => {
  const zone = { kind: "territorial-sea", state: "BRB", name: "Barbados territorial sea", status: "derived" };
  language.value = "fr";
  expect([figure("12.3 nm"), amount("max_speed_kn", 2.5), zoneName(zone), amount("parties", "both-on-ais")]).toEqual([
    "12,3 nm",
    "2,5 kn",
    "mer territoriale, Barbade (dérivée, non levée)",
    "les deux sur AIS",
  ]);
  language.value = "en";
  expect(zoneName({ ...zone, kind: "port", name: "Bridgetown", status: "" })).toBe("Bridgetown");
});

test("a subject's label is its name, or else a number", () => {
  const of = (over: object) => subjectName({ ...subject, ...over } as unknown as AlertRow["alert"]["properties"]["subjects"][number]);
  expect([of({}), of({ mmsi: 341000001 }), of({ name: "STAR" }), of({ label: "unknown 7" })]).toEqual([
    "AB017",
    "341000001",
    "STAR",
    "AB017 unknown 7",
  ]);
});
