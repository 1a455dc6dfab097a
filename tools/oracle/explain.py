"""Returns the entry of docs/ais-differences.md that explains a difference, or None."""

# Bits that a message of the type must have for its last field that Vigie uses (M.1371-5, annex 8).
NEEDED = {5: 420, 21: 271, 23: 154, 27: 95}
# Codes that pyais keeps in an enumeration, which makes what it lacks 0 or its last one.
CODES = {"ship_type", "epfd", "station_type", "interval"}


def explain(decoder, kind, field, ours, theirs, bits):
    if field == "refused":
        return refused(decoder, kind, ours, bits)
    if decoder == "pyais":
        return by_pyais(kind, field, ours, theirs, bits)
    return by_libais(kind, field, ours, theirs)


def refused(decoder, kind, ours, bits):
    if ours is None:
        if kind > 27:
            return "P1 type 28 and up"
        if bits < NEEDED.get(kind, 0):
            return "P2 too short"
        return None
    if decoder == "libais":
        if kind in (6, 8):
            return "L1 unknown application"
        if kind == 24 and bits == 162:
            return "L2 length of 24 A"
        return "L3 unusual length"
    return None


def by_pyais(kind, field, ours, theirs, bits):
    if field in CODES and theirs != ours:
        return "P3 codes outside its list"
    if isinstance(ours, dict) and field in ("lon", "lat", "course", "heading", "imo"):
        return "P4 illegal value passed on"
    if kind == 17 and field in ("lon", "lat"):
        return "P5 type 17 unsigned"
    if kind in (25, 26) and field in ("data", "dest_mmsi"):
        return "P6 types 25 and 26: spare bits, communication state"
    if kind in (12, 14) and field == "text" and len(theirs.strip()) == len(ours) + 1:
        return "P7 field cut by the message's end"
    if kind in (1, 2, 3) and field == "radio" and ours is None and bits < 168:
        return "P7 field cut by the message's end"
    if kind == 15 and ours is None and bits < 160:
        return "P7 field cut by the message's end"
    if kind == 21 and field == "name" and theirs.startswith(ours):
        return "P8 text after @"
    return None


def by_libais(kind, field, ours, theirs):
    if field == "turn" and ours is None and theirs == "over":
        return "L4 ROT -128"
    if field in ("shipname", "name", "destination", "callsign", "text"):
        swapped = theirs.split("@")[0].replace("`", "'").strip()
        if swapped == ours.replace("_", "-").strip():
            return "L5 two characters"
        return None
    if isinstance(ours, dict):
        return "L6 illegal value passed on"
    return None
