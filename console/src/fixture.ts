// An alert's row for the tests.

import type { AlertRow } from "./api";

/** A new alert of its own incident, unless its properties name one; `more` are parts of the row. */
export function alertRow(id: string, properties: object, more: object = {}): AlertRow {
  const said = { incident: null, phase: "raised", severity: "moderate", subjects: [{ track: `mmsi:${id}` }], ...properties };
  return {
    number: 1,
    raised: 0,
    acknowledged: null,
    assigned: null,
    muted: null,
    closed: null,
    comments: [],
    escalated: false,
    held: false,
    incident: said.incident ?? id,
    from: null,
    lead: null,
    offer: null,
    area: null,
    centres: [],
    alert: { type: "Feature", id, properties: said } as unknown as AlertRow["alert"],
    ...more,
  };
}
