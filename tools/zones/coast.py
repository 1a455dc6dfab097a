"""The land of config/geo/coast.geojson: fine near the fifteen States, simplified farther off."""

import hashlib
import lzma
import re
import sys

import shapely
from shapely.geometry import box

from geom import DEG_PER_M, GRID, clean, polygons
from states import STATES

COAST = box(-90, 2, -50, 29)  # what coast.geojson holds

# the compressed land polygons in the library of roaring-landmask, as its build script names them
OSM_BYTES, OSM_SHA256 = 55_632_408, "7cbbbb56dc8f6a339d837e57aac4c50c9f54e7ac1118803274725cf61226b727"
NEAR_DEG = 0.5  # land this near to a State's is as fine as the State's: what its radars and receivers see
FAR_TOLERANCE = 550  # m
# smaller islets are left out: near, those that the source draws no better than a triangle
LEAST_KM2, FAR_LEAST_KM2 = 0.003, 0.03
GUIANAS = box(-61.5, 2, -51, 9)  # their ports lie on rivers, which the fine source closes at the mouth


def read_coast(path):
    """Returns the polygons of land in COAST from roaring-landmask: OpenStreetMap, simplified by 0.0005 degrees."""
    library = path.read_bytes()
    for start in (m.start() for m in re.finditer(re.escape(b"\xfd7zXZ\x00"), library)):
        packed = library[start:start + OSM_BYTES]
        if hashlib.sha256(packed).hexdigest() == OSM_SHA256:
            parts = shapely.get_parts(shapely.from_wkb(lzma.decompress(packed)))
            near = parts[sorted(shapely.STRtree(parts).query(COAST))]
            return [q for p in near for q in polygons(shapely.make_valid(shapely.clip_by_rect(p, *COAST.bounds)))]
    sys.exit(f"{path}: no land polygons of roaring-landmask 0.11.0")


def with_rivers(land, coarse):
    """Returns the land without the wide waters of the Guianas that the coarse land leaves open far behind the coast."""
    here = shapely.clip_by_rect(land, *GUIANAS.bounds)
    known = [shapely.clip_by_rect(p, *GUIANAS.bounds) for p in coarse]
    water = here.difference(shapely.union_all([p for p in known if not p.is_empty], grid_size=GRID))
    wide = water.buffer(-150 * DEG_PER_M).buffer(150 * DEG_PER_M, quad_segs=2)
    shore = shapely.clip_by_rect(land.boundary, *GUIANAS.bounds).simplify(0.002).buffer(0.012, quad_segs=2)
    return land.difference(shapely.union_all([p for p in polygons(wide) if not shore.contains(p)]))


def simplified(land, near):
    """Returns polygons of the land: as they are where near, simplified elsewhere; without small islets."""
    if near.contains(land):
        return polygons(clean(land, LEAST_KM2))
    far = land.simplify(FAR_TOLERANCE * DEG_PER_M)
    if near.disjoint(land):
        return polygons(clean(far, FAR_LEAST_KM2))
    joined = shapely.union_all([land.intersection(near), far.difference(near)], grid_size=GRID)
    return polygons(clean(joined, LEAST_KM2))


def coast_polygons(library, land):
    """Returns the polygons of the coast file. library: that of roaring-landmask; land: State -> its coarse land."""
    near = shapely.union_all([g.simplify(0.02).buffer(NEAR_DEG, quad_segs=2) for s, g in land.items() if s in STATES])
    shapely.prepare(near)
    coast = []
    for p in read_coast(library):
        if p.area > 100:  # the continent
            p = with_rivers(p, [q for g in land.values() for q in polygons(g) if q.intersects(GUIANAS)])
        coast += [q for part in polygons(p) for q in simplified(part, near)]
    return sorted(coast, key=lambda p: (-p.area, p.bounds))
