"""Where each decoder keeps each of Vigie's canonical fields, and when two values are the same."""

# Vigie's raw value is this many times the decoder's.
SCALE = {"lon": 600_000, "lat": 600_000, "speed": 10, "course": 10, "draught": 10}
# "Not available" as the decoders write it, in their units.
ABSENT = {"lon": 181, "lat": 91, "speed": 102.3, "course": 360, "heading": 511, "alt": 4095, "imo": 0, "turn": -128}
ABSENT_27 = {"speed": 63, "course": 511}
TEXTS = {"shipname", "callsign", "destination", "name", "text", "vendorid"}


def plain(key):
    def get(message, kind):
        value = message.get(key)
        return getattr(value, "value", value)

    return get



PYAIS = {
    name: plain(name)
    for name in (
        "repeat mmsi lon lat accuracy raim speed course heading second status turn maneuver radio year month day hour "
        "minute epfd ais_version imo callsign shipname ship_type to_bow to_stern to_port to_starboard draught "
        "destination dte alt assigned cs display dsc band msg22 partno vendorid model serial name aid_type "
        "off_position reserved_1 virtual_aid gnss text dest_mmsi seqno retransmit dac fid data mmsi1 mmsiseq1 mmsi2 mmsiseq2 mmsi3 "
        "mmsiseq3 mmsi4 mmsiseq4 type1_1 offset1_1 type1_2 offset1_2 type2_1 offset2_1 offset1 increment1 number1 timeout1 offset2 "
        "number2 timeout2 increment2 channel_a channel_b txrx power band_a band_b zonesize addressed dest1 dest2 station_type "
        "interval quiet"
    ).split()
}
PYAIS["name"] = lambda message, kind: message.get("name") and message["name"] + (message.get("name_ext") or "")
for corner in ("ne_lon", "ne_lat", "sw_lon", "sw_lat"):
    PYAIS[corner] = plain(corner)




LIBAIS = {
    "repeat": plain("repeat_indicator"),
    "mmsi": plain("mmsi"),
    "lon": plain("x"),
    "lat": plain("y"),
    "accuracy": plain("position_accuracy"),
    "raim": plain("raim"),
    "speed": plain("sog"),
    "course": plain("cog"),
    "heading": plain("true_heading"),
    "second": lambda message, kind: message.get("second" if kind in (4, 11) else "timestamp"),
    "status": plain("nav_status"),
    "turn": lambda message, kind: "over" if message.get("rot_over_range") else message.get("rot"),
    "maneuver": plain("special_manoeuvre"),
    "year": plain("year"),
    "month": lambda message, kind: message.get("eta_month" if kind == 5 else "month"),
    "day": lambda message, kind: message.get("eta_day" if kind == 5 else "day"),
    "hour": lambda message, kind: message.get("eta_hour" if kind == 5 else "hour"),
    "minute": lambda message, kind: message.get("eta_minute" if kind == 5 else "minute"),
    "epfd": plain("fix_type"),
    "ais_version": plain("ais_version"),
    "imo": plain("imo_num"),
    "callsign": plain("callsign"),
    "shipname": plain("name"),
    "name": plain("name"),
    "ship_type": plain("type_and_cargo"),
    "to_bow": plain("dim_a"),
    "to_stern": plain("dim_b"),
    "to_port": plain("dim_c"),
    "to_starboard": plain("dim_d"),
    "draught": plain("draught"),
    "destination": plain("destination"),
    "dte": plain("dte"),
    "alt": plain("alt"),
    "assigned": plain("assigned_mode"),
    "partno": plain("part_num"),
    "aid_type": plain("aton_type"),
    "off_position": plain("off_pos"),
    "reserved_1": plain("aton_status"),
    "virtual_aid": plain("virtual_aton"),
    # The other way round: whether the position is current.
    "gnss": lambda message, kind: None if message.get("gnss") is None else not message["gnss"],
    "text": plain("text"),
    "dest_mmsi": plain("dest_mmsi"),
    "dac": plain("dac"),
    "fid": plain("fi"),
}


def clean(text):
    """Returns text as Vigie stores it: up to the first `@`, trimmed."""
    return text.split("@")[0].strip()


def turn_same(value, got):
    """Returns degrees per minute from the raw rate of turn: (raw / 4.733)^2 with its sign."""
    if got == "over" or got in (-127, 127):
        return value in (-127, 127)
    if value in (-127, 127):
        return abs(abs(got) - 720) < 20 or abs(got) == 127
    degrees = (value / 4.733) ** 2 * (1 if value > 0 else -1)
    return abs(got - degrees) <= 0.51


def same(field, kind, value, got, decoder):
    """Whether a canonical value and a decoder's value say the same."""
    if field in TEXTS:
        return clean(value) == clean(got)
    if field == "data":
        return value == got.hex() if isinstance(got, (bytes, bytearray)) else False
    if isinstance(value, dict):
        return False  # illegal to us, a value to them
    elif value is None:
        if got == "over":
            return False
        absent = ABSENT_27.get(field) if kind == 27 else None
        if field == "speed" and kind == 9:
            absent = 1023
        absent = ABSENT.get(field) if absent is None else absent
        if kind == 17 and field in ("lon", "lat") and decoder == "pyais":
            absent *= 60
        if absent is None:
            return got in (None, 0, False)
        return abs(float(got) - absent) < 1e-3
    if field == "turn":
        return turn_same(value, got)
    scale = SCALE.get(field, 1)
    if field == "speed" and kind == 9:
        scale = 1
    if field in ("ne_lon", "ne_lat", "sw_lon", "sw_lat"):
        scale = 10  # both in tenths of minutes; pyais gives minutes
    if kind == 17 and field in ("lon", "lat") and decoder == "pyais":
        scale = 10_000  # minutes
    if isinstance(value, bool) or isinstance(got, bool):
        return bool(value) == bool(got)
    # pyais rounds degrees to six decimals; libais keeps floats of 32 bits for speeds.
    return abs(float(got) - value / scale) <= (1e-6 if field in ("lon", "lat") else 1e-4 if decoder == "libais" else 6e-5)
