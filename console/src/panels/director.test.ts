import { expect, test } from "vitest";
import type { Debrief } from "../api";
import { csvOf } from "./director";

test("a debrief is saved with its exercise in every line, and no cell is a formula", () => {
  const behaviour = {
    pattern: "launch",
    subjects: ["=mmsi:1", "vessel:NIGHT HERON"],
    optional: true,
    begins: 0,
    due: 0,
    ends: 0,
    raised_s: -112,
    acknowledged_s: null,
    closed_s: null,
    alert: null,
    number: null,
  };
  const label = { exercise: "dawn", node: "bb-ops" };
  const lines = csvOf({ label, behaviours: [behaviour], false_alerts: [] } as unknown as Debrief).split("\r\n");
  expect(lines[0]).toBe("exercise,node,pattern,subjects,optional,due,raised_s,acknowledged_s,closed_s,alert");
  expect(lines[1]).toBe(`dawn,bb-ops,launch,"'=mmsi:1, NIGHT HERON",true,1970-01-01T00:00:00.000Z,-112,,,`);
});
