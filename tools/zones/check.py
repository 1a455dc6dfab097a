"""Checks the files made: check.py CONFIG_FOLDER. Prints faults, and the zones at a few places; exits 1 on a fault."""

import json
import math
import sys
from itertools import combinations
from pathlib import Path

import shapely
from shapely.geometry import Point, shape

from states import STATES

def flat_km2(g):
    # straight edges in degrees, as the zones are read: a geodesic area would bend the edges of a sliver
    return g.area * 111.195**2 * math.cos(math.radians(g.centroid.y)) if not g.is_empty else 0.0


KEYS = {"id", "kind", "state", "name", "status", "authority", "date"}
PLACES = {"south of Barbados": (-59.6, 12.9), "west of Saint Lucia": (-61.2, 13.9), "Galleons Passage": (-60.9, 11.0),
          "Port of Spain roads": (-61.57, 10.62), "Gulf of Paria": (-61.7, 10.4), "Tobago Cays": (-61.36, 12.63)}


def main():
    config = Path(sys.argv[1])
    faults, zones, ids = [], [], set()
    for path in sorted((config / "zones").glob("*.geojson")):
        for f in json.loads(path.read_text(encoding="utf-8"))["features"]:
            p, g = f["properties"], shape(f["geometry"])
            where = f"{path.name}: {p['id']}"
            if set(p) != KEYS:
                faults.append(f"{where}: properties {sorted(p)}")
            if p["id"] in ids:
                faults.append(f"{where}: id used twice")
            ids.add(p["id"])
            if p["state"].lower() != path.stem or not p["id"].isascii():
                faults.append(f"{where}: state or id")
            if not g.is_valid or g.is_empty or g.geom_type not in ("Polygon", "MultiPolygon"):
                faults.append(f"{where}: {shapely.is_valid_reason(g)}")
            for q in shapely.get_parts(g):
                if not q.exterior.is_ccw or any(r.is_ccw for r in q.interiors):
                    faults.append(f"{where}: ring order")
            zones.append((p, g))
    if {p["state"] for p, _ in zones} != set(STATES):
        faults.append("not every State has zones")
    sovereign = ("territorial-sea", "archipelagic-waters")
    for (p, a), (q, b) in combinations([z for z in zones if z[0]["kind"] not in ("port", "anchorage", "area")], 2):
        same = p["kind"] == q["kind"] or (p["kind"] in sovereign) or (q["kind"] in sovereign)
        if same and a.intersects(b):
            over = flat_km2(a.intersection(b))
            if over > 0.5:
                faults.append(f"{p['id']} and {q['id']} overlap by {over:.1f} km2")
    coast = [shape(f["geometry"]) for f in
             json.loads((config / "geo" / "coast.geojson").read_text(encoding="utf-8"))["features"]]
    tree = shapely.STRtree(coast)
    for g in coast:
        if not g.is_valid or not g.exterior.is_ccw:
            faults.append(f"coast at {g.bounds[:2]}: {shapely.is_valid_reason(g)} or ring order")
    for p, g in zones:
        if p["kind"] in sovereign:
            over = sum(flat_km2(coast[i].intersection(g)) for i in tree.query(g, predicate="intersects"))
            if over > 0.3:
                faults.append(f"{p['id']} covers {over:.2f} km2 of the coast file's land")
    for name, at in PLACES.items():
        print(f"{name} {at}: {', '.join(p['id'] for p, g in zones if g.contains(Point(at))) or 'none'}")
    size = sum(p.stat().st_size for p in (config / "zones").iterdir())
    kinds = {}
    for p, _ in zones:
        kinds[p["kind"]] = kinds.get(p["kind"], 0) + 1
    print(f"{len(zones)} zones {kinds}, folder {size} bytes; coast {len(coast)} polygons")
    if size > 3_000_000:
        faults.append("config/zones is over 3 MB")
    print("\n".join(faults) or "no faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
