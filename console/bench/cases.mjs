// Alerts on the night's traffic, marks and coverage, as vigie words them.

const RAD = Math.PI / 180;
const iso = (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Where one was so many minutes ago. */
const before = ({ lon, lat, sog, cog }, minutes) => {
  const way = ((sog ?? 0) * minutes) / 60 / 60;
  return [lon - (way * Math.sin((cog ?? 0) * RAD)) / Math.cos(lat * RAD), lat - way * Math.cos((cog ?? 0) * RAD)];
};

function alert(traffic, number, { ids, pattern, severity, minutes, summary, limits = {}, measured = {}, zones = [], place, bend = 0 }) {
  const all = ids.map((id) => traffic.at(id));
  const first = all[0];
  const trail = [];
  for (let m = minutes; m >= 0; m--) {
    const [lon, lat] = before(first, m);
    trail.push([iso(traffic.now - m * 60_000), lon + bend * Math.sin(m / 3), lat + bend * Math.cos(m / 4), first.sog]);
  }
  const subjects = all.map((t) => ({
    track: t.about.key,
    domain: t.altitude === null ? "surface" : "air",
    mmsi: t.about.mmsi,
    imo: null,
    name: t.about.name,
    call_sign: null,
    number: t.about.number,
    label: t.about.label,
    ship_type: t.about.ship_type,
    length_m: t.about.length_m,
    flag: null,
    dark: t.about.mmsi === null,
    formerly: [],
    position: [t.lon, t.lat],
    position_time: iso(traffic.now),
    accuracy_m: 20,
    source: t.about.source,
    sog_kn: t.sog,
    cog_deg: t.cog,
    icao: null,
    squawk: null,
    altitude_ft: t.altitude,
  }));
  const properties = {
    node: "fixture",
    state: "LCA",
    exercise: null,
    marking: "restricted",
    releasable_to: ["LCA"],
    seq: number,
    pattern,
    rule: pattern,
    phase: "raised",
    end_reason: null,
    severity,
    certainty: "likely",
    onset: iso(traffic.now - minutes * 60_000),
    time: iso(traffic.now),
    ended: null,
    subjects,
    zones,
    place: place ?? { from: "Vieux Fort", bearing_deg: 120, distance_nm: 12.3, to_coast_nm: 11.9 },
    not_judged: [],
    incident: null,
    measured,
    limits,
    summary,
    evidence: {
      reports: 120,
      first: iso(traffic.now - minutes * 60_000),
      last: iso(traffic.now),
      feeds: ["south-point", "moule-a-chique-radar"],
      trail,
    },
  };
  const feature = { type: "Feature", id: `alert-${number}`, geometry: { type: "Point", coordinates: [first.lon, first.lat] }, properties };
  return {
    number,
    alert: feature,
    raised: traffic.now - 60_000 * (number % 7),
    acknowledged: null,
    assigned: null,
    muted: null,
    incident: feature.id,
    from: null,
    area: null,
    centres: [],
    lead: null,
    offer: null,
    closed: null,
    comments: [],
    escalated: false,
    held: false,
  };
}

export function alerts(traffic) {
  const s = traffic.special;
  const sea = [
    { id: "lca-territorial-sea", kind: "territorial-sea", state: "LCA", name: "Saint Lucia territorial sea", status: "derived" },
  ];
  return [
    alert(traffic, 214, {
      ids: [s.runner],
      pattern: "dark-target",
      severity: "severe",
      minutes: 14,
      summary:
        "Unidentified craft AA042 (target 42 of moule-a-chique-radar) has run in from seaward at 32 kn for 14 min, bearing 120°, 12.3 miles from Vieux Fort.",
      limits: { min_speed_kn: 15, min_inbound_nm: 1, from_coast_nm: 3 },
      measured: { min_speed_kn: 30.8, min_inbound_nm: 7.2 },
    }),
    alert(traffic, 215, {
      ids: [s.led, s.trailing],
      pattern: "shadowing",
      severity: "moderate",
      minutes: 15,
      zones: sea,
      summary:
        "OLIVINE STAR (MMSI 200000400) and unidentified craft AA057 (target 57 of moule-a-chique-radar) have kept company for 15 min, the small one within 0.4 nm astern, bearing 120°, 12.3 miles from Vieux Fort.",
      limits: { max_distance_nm: 1, min_distance_nm: 0.1, min_speed_kn: 5 },
      measured: { max_distance_nm: 0.42 },
    }),
    alert(traffic, 216, {
      ids: [s.loiterer],
      pattern: "loitering",
      severity: "minor",
      minutes: 62,
      bend: 0.006,
      summary: "SARGASSO ROSE has stayed within 0.5 nm for 62 min.",
      limits: { radius_nm: 1, max_speed_kn: 2, min_duration_s: 3600 },
      measured: { radius_nm: 0.5 },
    }),
    alert(traffic, 217, {
      ids: [s.sart],
      pattern: "distress",
      severity: "extreme",
      minutes: 3,
      summary: "AIS-SART 970123456 is active, 32 nm east of Castries.",
    }),
    alert(traffic, 218, {
      ids: [s.plane],
      pattern: "dark-aircraft",
      severity: "severe",
      minutes: 9,
      summary: "Unidentified aircraft AC007 (target 7 of air) flies at 700 ft and 140 kn, bearing 180°, 45.0 miles from Vieux Fort.",
    }),
  ];
}

export const marks = (traffic) => [
  {
    id: "m1",
    kind: "contact",
    name: "white pirogue",
    text: "fisherman's call",
    position: [-60.78, 13.62],
    cog_deg: 300,
    sog_kn: 18,
    track: null,
    top_speed_kn: null,
    marking: null,
    releasable_to: null,
    by: "Lt Clarke",
    time: traffic.now,
    centre: null,
  },
  {
    id: "m2",
    kind: "unit",
    name: "DEFENDER",
    text: null,
    position: null,
    cog_deg: null,
    sog_kn: null,
    track: traffic.at(traffic.special.unit).about.key,
    top_speed_kn: 35,
  },
  {
    id: "m3",
    kind: "tag",
    name: "known fisher",
    text: null,
    position: null,
    cog_deg: null,
    sog_kn: null,
    track: traffic.at(traffic.special.loiterer).about.key,
    top_speed_kn: null,
  },
];

function around([lon, lat], nm, lobes = 0) {
  const ring = [];
  for (let b = 0; b <= 360; b += 5) {
    const way = (nm * (1 - 0.25 * lobes * (1 + Math.sin(b / 17)))) / 60;
    ring.push([lon + (way * Math.sin(b * RAD)) / Math.cos(lat * RAD), lat + way * Math.cos(b * RAD)]);
  }
  return ring;
}

const STATIONS = [
  ["south-point", [-59.53, 13.05], "heard", "heard", 42],
  ["vigie-hill", [-61.0, 14.02], "heard", "heard", 38],
  ["moule-a-chique-radar", [-60.95, 13.71], "reach", "heard", 24],
  ["kingstown", [-61.22, 13.15], "heard", "silent", 30],
];
export const coverage = () => ({
  type: "FeatureCollection",
  features: STATIONS.flatMap(([feed, at, kind, state, nm]) => [
    { type: "Feature", properties: { feed, kind: "site", state }, geometry: { type: "Point", coordinates: at } },
    {
      type: "Feature",
      properties: { feed, kind, state, aircraft: false },
      geometry: { type: "Polygon", coordinates: [around(at, nm, kind === "heard" ? 1 : 0)] },
    },
  ]),
});
