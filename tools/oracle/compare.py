"""Compares Vigie's canonical decodes with pyais and libais; see `run`."""

import collections
import json
import subprocess
import sys

import ais as libais
import pyais
from explain import explain
from fields import LIBAIS, PYAIS, same

SKIPPED = {"type"}


def ours(binary, path):
    """Returns the entries that Vigie decodes from a file."""
    lines = subprocess.run([binary, path], check=True, capture_output=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def sentence(entry):
    """Joins the parts of a message into one sentence, for decoders that need one."""
    body = f"AIVDM,1,1,,A,{entry['armour']},{entry['fill_bits']}"
    total = 0
    for char in body.encode():
        total ^= char
    return f"!{body}*{total:02X}".encode()


def by_pyais(entry):
    try:
        return pyais.decode(sentence(entry)).asdict(), None
    except Exception as error:  # whatever it raises is its answer
        return None, type(error).__name__


def by_libais(entry):
    try:
        return libais.decode(entry["armour"], entry["fill_bits"]), None
    except Exception as error:
        return None, str(error).split(":")[0]


class Score:
    """Counts of agreement and difference for one decoder."""

    def __init__(self, name, table):
        self.name, self.table = name, table
        self.messages = 0
        self.agreed = collections.Counter()
        self.classes = collections.defaultdict(collections.Counter)
        self.examples = {}

    def note(self, key, why, entry, detail):
        self.classes[why][key] += 1
        self.examples.setdefault((why, key), (entry["armour"][:60], entry["fill_bits"], detail))

    def compare(self, entry, theirs, error):
        mine = entry["fields"]
        kind = mine["type"] if mine else None
        if mine is None or theirs is None:
            if mine is None and theirs is None:
                self.agreed["refused by both"] += 1
                return
            who = "refused by us: " + str(entry["refused"]) if mine is None else f"refused by {self.name}: {error}"
            bits = len(entry["armour"]) * 6 - entry["fill_bits"]
            kind = kind or ord(entry["armour"][0]) - 48 if entry["armour"] else None
            why = explain(self.name, kind, "refused", mine, theirs, bits)
            self.note((kind, who), why, entry, f"{bits} bits")
            return
        self.messages += 1
        for field, value in mine.items():
            if field in SKIPPED or field not in self.table:
                continue
            got = self.table[field](theirs, kind)
            if got is None:
                continue
            if same(field, kind, value, got, self.name):
                self.agreed[field] += 1
            else:
                bits = len(entry["armour"]) * 6 - entry["fill_bits"]
                why = explain(self.name, kind, field, value, got, bits)
                self.note((kind, field), why, entry, f"ours {value!r}, theirs {got!r}")

    def report(self):
        print(f"\n## {self.name}: {self.messages} messages decoded by both")
        print("fields that agree: " + ", ".join(f"{field} {count}" for field, count in sorted(self.agreed.items())))
        total = sum(self.agreed.values())
        different = sum(sum(counts.values()) for counts in self.classes.values())
        print(f"in all {total} agree, {different} differ")
        for why, counts in sorted(self.classes.items(), key=lambda item: str(item[0])):
            print(f"  [{why or 'NOT EXPLAINED'}] {sum(counts.values())}")
            for key, count in counts.most_common(60 if why is None else 4):
                armour, fill, detail = self.examples[(why, key)]
                print(f"      type {key[0]} {key[1]}: {count}, as {armour},{fill}: {detail}")
        return None not in self.classes


def whole(binary, path, entries):
    """Compares the messages that pyais assembles from the file's lines with ours, by payload."""
    mine = collections.Counter(entry["armour"] for entry in entries if entry["armour"])
    theirs = collections.Counter()
    # pyais knows no $PGHP lines; their TAG blocks alone on a line it can't place.
    with open(path, "rb") as file:
        lines = [line for line in file if b"VDM" in line or b"VDO" in line]
    for message in pyais.stream.IterMessages(lines):
        theirs[message.payload.decode()] += 1
    missing, more = theirs - mine, mine - theirs
    missing.pop("", None)
    return sum(mine.values()), sum(theirs.values()), missing, more


def main(binary, paths):
    scores = Score("pyais", PYAIS), Score("libais", LIBAIS)
    fine = []
    print("## messages put together: file, ours, pyais, only pyais, only ours")
    for path in paths:
        entries = ours(binary, path)
        mine, theirs, missing, more = whole(binary, path, entries)
        name = path.rsplit("/", 1)[-1]
        fine.append(not missing and not more)
        print(f"{name}: {mine}, {theirs}, {sum(missing.values())}, {sum(more.values())}")
        for payload in list(missing)[:3]:
            print(f"    only pyais: {payload[:70]}")
        for payload in list(more)[:3]:
            print(f"    only ours: {payload[:70]}")
        for entry in entries:
            if not entry["armour"]:
                continue
            scores[0].compare(entry, *by_pyais(entry))
            scores[1].compare(entry, *by_libais(entry))
    fine += [score.report() for score in scores]
    print("\nP and L are entries of docs/ais-differences.md")
    if not all(fine):
        sys.exit("a difference is not explained: add its clause to docs/ais-differences.md and explain.py")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
