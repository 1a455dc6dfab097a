import { expect, test } from "vitest";
import type { AlertRow } from "./api";
import { amount, parsePosition, position, quantity, report, span, subjectName } from "./format";

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
  expect(quantity("max_speed_kn")).toEqual({ word: "speed", bound: "≤ ", unit: "kn" });
  expect(quantity("min_witnesses")).toEqual({ word: "witnesses", bound: "≥ ", unit: undefined });
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
    measured: { min_speed_kn: 30.8 },
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
    "POSITION 13°27.60'N 060°37.20'W",
    "TIME 2026-01-01 05:00Z (",
    "local)",
    "speed 30.8 kn (limit ≥ 15 kn)",
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

test("a subject's label is its name, or else a number", () => {
  const of = (over: object) => subjectName({ ...subject, ...over } as unknown as AlertRow["alert"]["properties"]["subjects"][number]);
  expect([of({}), of({ mmsi: 341000001 }), of({ name: "STAR" }), of({ track: "icao:0ac1f2" })]).toEqual([
    "T42",
    "341000001",
    "STAR",
    "icao:0ac1f2",
  ]);
});
