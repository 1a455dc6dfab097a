"""Geometry on the ellipsoid: areas, buffers, discs, and equidistance between States."""

import math

import numpy as np
import shapely
from pyproj import Geod, Transformer
from scipy.spatial import SphericalVoronoi, cKDTree
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient

GEOD = Geod(ellps="WGS84")
NM = 1852.0
DEG_PER_M = 1 / 111_195
GRID = 1e-5  # degrees: the precision of the files


def area_km2(g):
    return sum(abs(GEOD.geometry_area_perimeter(orient(p))[0]) for p in polygons(g)) / 1e6


def polygons(g):
    """Returns the polygons of a geometry, without lines and points."""
    return [p for p in shapely.get_parts(g, return_index=False).tolist()
            if p.geom_type == "Polygon" and not p.is_empty] if g.geom_type != "GeometryCollection" else [
        q for p in g.geoms for q in polygons(p)]


def clean(g, min_km2=0.0):
    """Returns valid polygons, rounded to the grid, without parts smaller than min_km2."""
    g = shapely.set_precision(shapely.make_valid(g), GRID)
    return MultiPolygon([p for p in polygons(g) if min_km2 == 0.0 or area_km2(p) >= min_km2])


def cut(a, b):
    """Returns a without b; only the parts of b that touch a are used."""
    near = [p for p in polygons(b) if p.intersects(a)]
    return a.difference(shapely.union_all(near)) if near else a


class Plane:
    """Returns an azimuthal equidistant projection around the centre of a geometry, in metres."""

    def __init__(self, g):
        x0, y0, x1, y1 = g.bounds
        crs = f"+proj=aeqd +lon_0={(x0 + x1) / 2} +lat_0={(y0 + y1) / 2} +datum=WGS84 +units=m"
        self.to_plane = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        self.to_earth = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def project(self, g):
        return shapely.make_valid(shapely.transform(shapely.segmentize(g, 0.01), self._fwd))

    def unproject(self, g):
        return shapely.make_valid(shapely.transform(g, self._inv))

    def _fwd(self, c):
        return np.column_stack(self.to_plane.transform(c[:, 0], c[:, 1]))

    def _inv(self, c):
        return np.column_stack(self.to_earth.transform(c[:, 0], c[:, 1]))


def disc(lon, lat, radius_nm, n=24):
    """Returns a geodesic circle as a counter-clockwise polygon."""
    az = -np.arange(n) * 360.0 / n
    x, y, _ = GEOD.fwd(np.full(n, lon), np.full(n, lat), az, np.full(n, radius_nm * NM))
    return Polygon(zip(x, y))


def ring_distance_nm(ring, land):
    """Returns geodesic distances from points along a ring to the nearest land, in nm."""
    plane = Plane(land)
    target = plane.project(land)
    points = shapely.points(shapely.get_coordinates(plane.project(ring)))
    return shapely.distance(points, target) / NM


# --- equidistance -----------------------------------------------------------------------------------------------

CENTRE = (-70.0, 15.0)
FAR_DEG = 34.0  # a ring of idle points this far from the centre closes the outermost cells


def _unit(lon, lat):
    lon, lat = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _frame():
    c = _unit(np.array([CENTRE[0]]), np.array([CENTRE[1]]))[0]
    east = np.cross([0.0, 0.0, 1.0], c)
    east /= np.linalg.norm(east)
    return c, east, np.cross(c, east)


def equidistance_cells(coast, spacing_deg=0.02):
    """State -> the region nearer to its coast than to any other, in degrees.

    coast: State -> land. The spherical Voronoi cells of points along the coasts are dissolved by State in the gnomonic
    projection, where great circles are straight, and simplified together, so that neighbours keep one common line.
    """
    points, owner, names = [], [], sorted(coast)
    for k, name in enumerate(names):
        line = shapely.segmentize(shapely.boundary(coast[name]), spacing_deg)
        c = shapely.get_coordinates(line)
        points.append(c)
        owner.append(np.full(len(c), k))
    points, owner = np.concatenate(points), np.concatenate(owner)
    _, first = np.unique(np.round(points / 0.002).astype(int), axis=0, return_index=True)
    points, owner = points[first], owner[first]
    twins = cKDTree(points).query_pairs(1e-4, output_type="ndarray")
    alone = np.ones(len(points), bool)
    alone[twins[:, 1]] = False
    points, owner = points[alone], owner[alone]
    c, east, north = _frame()
    a = np.radians(np.arange(0, 360, 2.0))
    f = math.radians(FAR_DEG)
    idle = math.cos(f) * c + math.sin(f) * (np.cos(a)[:, None] * east + np.sin(a)[:, None] * north)
    a = np.radians(np.arange(0, 360, 60.0))
    back = [-c] + [0.5 * math.cos(t) * east + 0.5 * math.sin(t) * north - c for t in a]
    back = np.array([b / np.linalg.norm(b) for b in back])
    sphere = np.concatenate([_unit(points[:, 0], points[:, 1]), idle, back])
    sphere /= np.linalg.norm(sphere, axis=1)[:, None]
    v = SphericalVoronoi(sphere, radius=1, threshold=1e-12)
    v.sort_vertices_of_regions()
    depth = v.vertices @ c
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = np.column_stack([v.vertices @ east / depth, v.vertices @ north / depth])
    cells = {name: [] for name in names}
    for i, k in enumerate(owner):
        r = v.regions[i]
        if len(r) >= 3 and (depth[r] > 0.5).all():
            cells[names[k]].append(Polygon(flat[r]))
    names = [n for n in names if cells[n]]
    merged = [shapely.make_valid(shapely.union_all(cells[n], grid_size=1e-9)) for n in names]
    # 2.4e-5 of the earth's radius: some 150 m, 300 m at the region's edge
    merged = shapely.coverage_simplify(np.array(merged), 4e-5, simplify_boundary=False)

    def back_to_earth(xy):
        p = c + xy[:, :1] * east + xy[:, 1:] * north
        p /= np.linalg.norm(p, axis=1)[:, None]
        return np.column_stack([np.degrees(np.arctan2(p[:, 1], p[:, 0])), np.degrees(np.arcsin(p[:, 2]))])

    return {n: shapely.make_valid(shapely.transform(shapely.segmentize(g, 0.004), back_to_earth))
            for n, g in zip(names, merged)}
