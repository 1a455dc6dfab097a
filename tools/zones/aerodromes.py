"""Makes config/zones/aerodromes.geojson: a disc round each aerodrome of a list.

    tools/zones/aerodromes.py AIRPORTS.json > config/zones/aerodromes.geojson

AIRPORTS.json is a list of objects with name, icao, lat, lon and country, as `data/airports.json` of the crate rs1090 0.7.0
(MIT). Where an aerodrome is has its source there; that it is open at any hour is not known and only assumed.
"""

import json
import math
import sys

DATE = "2026-11-24"
RADIUS_NM = 2.0
CORNERS = 16

STATES = {
    "Antigua And Barbuda": "ATG", "Bahamas": "BHS", "Barbados": "BRB", "Belize": "BLZ", "Dominica": "DMA",
    "Grenada": "GRD", "Guyana": "GUY", "Haiti": "HTI", "Jamaica": "JAM", "Montserrat": "MSR", "Saint Lucia": "LCA",
    "Saint Kitts And Nevis": "KNA", "Saint Vincent And The Grenadines": "VCT", "Suriname": "SUR",
    "Trinidad And Tobago": "TTO", "Anguilla": "AIA", "Aruba": "ABW", "Cayman Islands": "CYM", "Cuba": "CUB",
    "Curacao": "CUW", "Dominican Republic": "DOM", "Guadeloupe": "GLP", "Martinique": "MTQ", "Puerto Rico": "PRI",
    "Turks And Caicos Islands": "TCA", "Virgin Islands British": "VGB", "Virgin Islands Us": "VIR",
    "Venezuela": "VEN", "French Guiana": "GUF",
}


def disc(lon, lat):
    up = RADIUS_NM / 60
    out = up / math.cos(math.radians(lat))
    angles = [2 * math.pi * i / CORNERS for i in range(CORNERS)]
    ring = [[round(lon + out * math.cos(a), 4), round(lat + up * math.sin(a), 4)] for a in angles]
    return [ring + ring[:1]]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        airports = json.load(file)
    inside = [a for a in airports if a["country"] in STATES and -90 < a["lon"] < -50 and 2 < a["lat"] < 28]
    print('{"type": "FeatureCollection", "features": [')
    rows = []
    for a in sorted(inside, key=lambda a: (STATES[a["country"]], a["icao"])):
        properties = {
            "id": f"aerodrome-{a['icao'].lower()}", "kind": "aerodrome", "state": STATES[a["country"]],
            "name": a["name"], "status": "derived", "authority": "rs1090 airports, disc by Vigie", "date": DATE,
        }
        geometry = {"type": "Polygon", "coordinates": disc(a["lon"], a["lat"])}
        rows.append(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}))
    print(",\n".join(rows))
    print("]}")


main()
