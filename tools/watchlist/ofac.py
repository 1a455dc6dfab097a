"""Makes a watch list from a sanctions list.

    tools/watchlist/ofac.py VESSELS.json UNTIL > config/lists/sanctions.toml

VESSELS.json has `generated_at` and `vessels`, each with name, and where known imo, mmsi, call_sign, programs (OFAC's SDN list as JSON).
UNTIL is the day (2026-12-31) after which the list must be made anew. Name the list "sanctions" in the rule's who.listed.
"""

import json
import sys


def quoted(text):
    return json.dumps(" ".join(str(text).split()), ensure_ascii=False)


def fits(imo):
    """Whether a number has seven digits and the right check digit (IMO resolution A.1117(30))."""
    digits = str(imo or "")
    if len(digits) != 7 or not digits.isdigit():
        return False
    return sum(int(d) * w for d, w in zip(digits, range(7, 1, -1))) % 10 == int(digits[6])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    date, until = data["generated_at"][:10], sys.argv[2]
    print(f'# Made of a sanctions list of {date}.\n\n[[list]]\nname = "sanctions"')
    for vessel in data["vessels"]:
        print("\n[[list.entry]]")
        if fits(vessel.get("imo")):
            print(f"imo       = {vessel['imo']}")
        if vessel.get("mmsi"):
            print(f"mmsi      = {vessel['mmsi']}")
        print(f"name      = {quoted(vessel['name'])}")
        if vessel.get("call_sign"):
            print(f"call_sign = {quoted(vessel['call_sign'])}")
        print(f"reason    = {quoted('sanctioned: ' + ', '.join(vessel.get('programs', [])))}")
        print(f"source    = {quoted(vessel.get('list_name', 'sanctions list') + ' of ' + date)}")
        print(f"from      = {date}\nuntil     = {until}")


main()
