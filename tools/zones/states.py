"""The fifteen States, and the maritime zones that each is assumed to claim."""

# ISO 3166-1 alpha-3 -> (name, archipelagic, contiguous zone, sea area expected in km2, World Port Index country code)
#
# Archipelagic: declared under Part IV of UNCLOS. Contiguous zone: 24 nm claimed in national law, for
# Guyana and Suriname in the maritime zones acts of 2010 and 2017. Both from general knowledge, not read in the acts.
STATES = {
    "ATG": ("Antigua and Barbuda", True, True, 9830, "AG"),
    "BHS": ("Bahamas", True, False, 290349, "BS"),
    "BRB": ("Barbados", False, False, 3538, "BB"),
    "BLZ": ("Belize", False, False, 20018, "BZ"),
    "DMA": ("Dominica", False, True, 3834, "DM"),
    "GRD": ("Grenada", True, False, 4643, "GD"),
    "GUY": ("Guyana", False, True, 10948, "GY"),
    "HTI": ("Haiti", False, True, 28361, "HT"),
    "JAM": ("Jamaica", True, True, 40027, "JM"),
    "MSR": ("Montserrat", False, False, 1758, "MS"),
    "LCA": ("Saint Lucia", False, True, 3828, "LC"),
    "KNA": ("Saint Kitts and Nevis", False, True, 3159, "KN"),
    "VCT": ("Saint Vincent and the Grenadines", True, True, 6958, "VC"),
    "SUR": ("Suriname", False, True, 10297, "SR"),
    "TTO": ("Trinidad and Tobago", True, True, 16541, "TT"),
}

# Where a State's outer limit is a line agreed with a neighbour and not 12 nm from a baseline, moving it inward or outward
# by 12 nm says nothing. (lon, lat, lon, lat) boxes.
#
# West and south of Trinidad the limit is the 1990 boundary with Venezuela: nothing of Trinidad and Tobago lies beyond it,
# and the Gulf of Paria inside it is left as territorial sea.
NOTHING_BEYOND = {"TTO": [(-62.6, 9.5, -61.735, 10.96), (-62.6, 9.5, -61.2, 10.05)]}
NOT_ARCHIPELAGIC = {"TTO": [(-62.6, 10.02, -61.4, 10.72)]}

# Archipelagic neighbours whose islands continue each other's chain: their limits are moved inward as one.
ONE_CHAIN = {"VCT": "GRD", "GRD": "VCT"}

# Lakes on a land border, which the outer line crosses: Étang Saumâtre.
NOT_SEA = {"HTI": [(-72.2, 18.35, -71.7, 18.75)]}
