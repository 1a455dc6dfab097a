import { expect, test } from "vitest";
import { limit, parsePosition, position, span } from "./format";

test("positions are written in degrees and minutes and read again", () => {
  expect(position([-59.606666, 13.085333])).toBe("13°05.12'N 059°36.40'W");
  expect(position([-60.99999, -0.0001])).toBe("00°00.01'S 061°00.00'W");
  for (const text of ["13°05.12'N 059°36.40'W", "13 05.12 n, 59 36.4 w", "13.085333, -59.606666"]) {
    const read = parsePosition(text);
    expect(read?.[0]).toBeCloseTo(-59.60666, 4);
    expect(read?.[1]).toBeCloseTo(13.08533, 4);
  }
  for (const text of ["", "13 65 N 59 0 W", "91, 0", "here", "13 05.1 N"]) expect(parsePosition(text)).toBeNull();
});

test("spans and limits in words", () => {
  expect([span(45_000), span(360_000), span(3_900_000)]).toEqual(["45 s", "6 min", "1 h 05 min"]);
  expect(limit("max_speed_kn", 2)).toEqual(["max speed", "2 kn"]);
  expect(limit("min_duration_s", 3600)).toEqual(["min duration", "1 h 00 min"]);
  expect(limit("on", ["entry"])).toEqual(["on", "entry"]);
});
