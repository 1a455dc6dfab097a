// Traffic that moves: a night in the eastern Caribbean for looking at, or any number of vessels for measuring.

import { isLand, places, random } from "./sea.mjs";

const RAD = Math.PI / 180;
const KIND = { vessel: 0, fixed: 1, aircraft: 2, distress: 3, netBuoy: 4 };
export const FLAG = { dark: 8, radar: 16, cooperative: 32, lost: 64, alert: 128 };

/** Everything on the picture; `step` moves it, `rows` is what a frame tells. */
export class Traffic {
  #all = [];
  now = Date.now();

  constructor(seed = 7) {
    this.random = random(seed);
  }

  get size() {
    return this.#all.length;
  }

  add({
    kind = "vessel",
    lon,
    lat,
    sog = null,
    cog = null,
    heading = cog,
    altitude = null,
    flags = FLAG.cooperative,
    about = {},
    heard = this.now,
    every = 5,
  }) {
    const id = this.#all.length;
    this.#all.push({
      id,
      lon,
      lat,
      sog,
      cog,
      heading,
      altitude,
      flags: flags | KIND[kind],
      heard,
      every,
      about: {
        id,
        key: `mmsi:${200_000_000 + id}`,
        mmsi: 200_000_000 + id,
        imo: null,
        icao: null,
        name: null,
        call_sign: null,
        number: null,
        label: null,
        ship_type: null,
        length_m: null,
        flag: null,
        nav_status: null,
        squawk: null,
        source: "ais",
        feeds: ["south-point"],
        first_heard: this.now - 3_600_000,
        ...about,
      },
    });
    return id;
  }

  step(seconds) {
    this.now += seconds * 1000;
    for (const t of this.#all) {
      if (!t.sog || t.flags & FLAG.lost) continue;
      const way = (t.sog / 3600 / 60) * seconds;
      t.lon += (way * Math.sin(t.cog * RAD)) / Math.cos(t.lat * RAD);
      t.lat += way * Math.cos(t.cog * RAD);
    }
  }

  /** Those heard in this second: [frame's rows, ids]. */
  rows(all) {
    const second = Math.round(this.now / 1000);
    const heard = this.#all.filter((t) => all || (!(t.flags & FLAG.lost) && second % t.every === t.id % t.every));
    return heard.map((t) => {
      if (!all) t.heard = this.now;
      return [
        t.id,
        round(t.lon, 5),
        round(t.lat, 5),
        t.sog,
        t.cog === null ? null : round(t.cog, 1),
        t.heading,
        t.altitude,
        Math.round(t.heard),
        t.flags,
      ];
    });
  }

  abouts() {
    return this.#all.map((t) => t.about);
  }

  about(id) {
    return this.#all[id]?.about;
  }

  at(id) {
    return this.#all[id];
  }
}

const round = (value, digits) => Number(value.toFixed(digits));

/** A place on the water in a box of degrees. */
function afloat(random, [west, south, east, north]) {
  for (;;) {
    const at = { lon: west + random() * (east - west), lat: south + random() * (north - south) };
    if (!isLand(at.lon, at.lat)) return at;
  }
}

/** So many vessels under way, with names, headings and a few of every other kind. */
export function many(count) {
  const traffic = new Traffic();
  const r = traffic.random;
  for (let i = 0; i < count; i++) {
    const cog = Math.floor(r() * 360);
    const dark = i % 400 === 0;
    traffic.add({
      ...afloat(r, [-65, 10.5, -57, 16.5]),
      sog: round(4 + r() * 18, 1),
      cog,
      flags: dark ? FLAG.dark | FLAG.radar : i % 10 === 0 ? FLAG.radar : FLAG.cooperative,
      about: dark
        ? { key: `radar:bench:${i}@2026`, number: `AB${String((i % 999) + 1).padStart(3, "0")}`, mmsi: null, source: "radar" }
        : { name: `VESSEL ${i}` },
    });
  }
  return traffic;
}

const NAMES =
  "OLIVINE,CORAL,MORNE,TRADE,SOUFRIERE,PITON,GRENADINE,ANSE,CALYPSO,FLAMBOYANT,FRIGATE,MADRAS,NUTMEG,SARGASSO,TAMARIND,KESTREL".split(",");
const ENDS = "STAR,WIND,TRADER,PRIDE,QUEEN,SPIRIT,HOPE,EXPRESS,DAWN,ROSE,CARRIER,VENTURE".split(",");
const TYPES = ["cargo", "tanker", "passenger", "fishing", "sailing", "pleasure", "tug"];

/** Lines that ships follow: from, to, how many, knots. */
const LANES = [
  [[-58, 15.2], [-61.8, 12.3], 9, 13],
  [[-61.5, 10.9], [-58.5, 13.9], 11, 12],
  [[-63.8, 11.6], [-60.7, 14.9], 10, 14],
  [[-61.9, 14.4], [-61.6, 17.4], 12, 15],
  [[-64.2, 17.2], [-60.2, 15.1], 9, 13],
  [[-59.9, 12.6], [-56.9, 11.4], 8, 12],
];

/** A night with what an officer must see: dark craft, aircraft, distress. */
export function night() {
  const traffic = new Traffic(11);
  const r = traffic.random;
  const named = () => ({ name: `${pick(r, NAMES)} ${pick(r, ENDS)}`, ship_type: pick(r, TYPES), length_m: 20 + Math.floor(r() * 200) });
  for (const [from, to, count, kn] of LANES) {
    for (let i = 0; i < count; i++) {
      const [a, b] = i % 2 ? [from, to] : [to, from];
      const share = r();
      const at = { lon: a[0] + (b[0] - a[0]) * share + (r() - 0.5) * 0.15, lat: a[1] + (b[1] - a[1]) * share + (r() - 0.5) * 0.15 };
      if (isLand(at.lon, at.lat)) continue;
      const cog = (Math.atan2((b[0] - a[0]) * Math.cos(13 * RAD), b[1] - a[1]) / RAD + 360 + (r() - 0.5) * 8) % 360;
      traffic.add({ ...at, sog: round(kn + (r() - 0.5) * 6, 1), cog: round(cog, 1), about: named(), every: 3 + Math.floor(r() * 8) });
    }
  }
  const ports = places.features.filter((f) => f.properties.kind === "port" && near(f.geometry.coordinates));
  for (let i = 0; i < 150; i++) {
    const [lon, lat] = pick(r, ports).geometry.coordinates;
    const at = afloat(r, [lon - 0.06, lat - 0.05, lon + 0.06, lat + 0.05]);
    traffic.add({ ...at, sog: r() < 0.8 ? 0.1 : 3, cog: Math.floor(r() * 360), about: named(), every: 30 });
  }
  for (let i = 0; i < 90; i++) {
    const at = afloat(r, [-62.5, 10.9, -58.8, 17.6]);
    const radar = i % 3 === 0;
    traffic.add({
      ...at,
      sog: round(1 + r() * 9, 1),
      cog: Math.floor(r() * 360),
      every: 10,
      flags: radar ? FLAG.radar | FLAG.cooperative : FLAG.cooperative,
      about: { ...named(), source: radar ? "ais+radar" : "ais" },
    });
  }
  for (let i = 0; i < 12; i++)
    traffic.add({ kind: "netBuoy", ...afloat(r, [-61.4, 13.2, -60.2, 14.4]), flags: FLAG.cooperative, about: { name: `NET ${i}` } });
  for (let i = 0; i < 10; i++) traffic.add({ kind: "fixed", ...afloat(r, [-61.6, 12, -59.4, 14.6]), about: { name: `BUOY ${i}` } });
  for (let i = 0; i < 22; i++) {
    const cog = Math.floor(r() * 360);
    traffic.add({
      kind: "aircraft",
      lon: -63 + r() * 5,
      lat: 11 + r() * 6,
      sog: 200 + Math.floor(r() * 260),
      cog,
      altitude: 4000 + Math.floor(r() * 340) * 100,
      every: 1,
      about: {
        key: `icao:${(0xa00000 + i).toString(16)}`,
        mmsi: null,
        icao: (0xa00000 + i).toString(16),
        call_sign: `BW${400 + i}`,
        source: "adsb",
      },
    });
  }
  for (let i = 0; i < 8; i++)
    traffic.add({
      ...afloat(r, [-62, 11.5, -59, 15]),
      sog: 11,
      cog: Math.floor(r() * 360),
      flags: FLAG.cooperative | FLAG.lost,
      about: named(),
      heard: traffic.now - 1_500_000,
    });
  traffic.special = specials(traffic);
  return traffic;
}

function specials(traffic) {
  const radar = (n, more) =>
    traffic.add({
      flags: FLAG.dark | FLAG.radar | (more.alert ? FLAG.alert : 0),
      every: 3,
      ...more,
      about: {
        key: `radar:moule-a-chique:${n}@2026`,
        number: `AA${String(n).padStart(3, "0")}`,
        mmsi: null,
        source: "radar",
        feeds: ["moule-a-chique-radar"],
      },
    });
  return {
    runner: radar(42, { lon: -60.62, lat: 13.46, sog: 31.5, cog: 318, heading: null, alert: true }),
    trailing: radar(57, { lon: -61.168, lat: 13.664, sog: 12.4, cog: 9, heading: null, alert: true }),
    slow: radar(63, { lon: -60.72, lat: 13.98, sog: 6.1, cog: 260, heading: null }),
    still: radar(64, { lon: -61.02, lat: 13.69, sog: 0.2, cog: 100, heading: null }),
    second: radar(70, { lon: -59.86, lat: 13.12, sog: 24, cog: 75, heading: null }),
    led: traffic.add({
      lon: -61.167,
      lat: 13.671,
      sog: 13.1,
      cog: 10,
      flags: FLAG.cooperative | FLAG.radar | FLAG.alert,
      about: { name: "OLIVINE STAR", ship_type: "cargo", length_m: 156, source: "ais+radar" },
    }),
    loiterer: traffic.add({
      lon: -60.05,
      lat: 12.75,
      sog: 0.8,
      cog: 200,
      flags: FLAG.cooperative | FLAG.alert,
      about: { name: "SARGASSO ROSE", ship_type: "fishing", length_m: 24 },
    }),
    plane: traffic.add({
      kind: "aircraft",
      lon: -60.9,
      lat: 12.9,
      sog: 140,
      cog: 20,
      altitude: 700,
      flags: FLAG.dark | FLAG.radar | FLAG.alert,
      every: 1,
      about: { key: "radar:air:7@2026", number: "AC007", label: "unknown 7", mmsi: null, source: "radar" },
    }),
    sart: traffic.add({
      kind: "distress",
      lon: -60.35,
      lat: 14.35,
      flags: FLAG.cooperative | FLAG.alert,
      about: { key: "mmsi:970123456", mmsi: 970123456, name: "SART ACTIVE" },
    }),
    unit: traffic.add({ lon: -60.98, lat: 14.03, sog: 18, cog: 170, about: { name: "DEFENDER" } }),
  };
}

const near = ([lon, lat]) => lon > -62.5 && lon < -59 && lat > 10.5 && lat < 18;
const pick = (r, list) => list[Math.floor(r() * list.length)];
