#!/usr/bin/env python3
"""Lets each file operation of a watch on its state folder fail in turn, and compares what is left with an undisturbed watch.

For each: vessels enter and leave an area while the operation fails; the watch is killed or ended, and started again without
faults. Every alert must have been told before that; then the journal must be that of an undisturbed watch, and whole; no process
may panic, hang, or end without an error in words.

  tools/faults/calls.py target/debug/vigie --calls write,sync --errors EIO,ENOSPC
"""

import argparse
import collections
import concurrent.futures
import errno
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from watch import TOPIC, Broker, Client, Watch, reports, shim, until

CALLS = "open write sync truncate rename remove mkdir map stat lock read list".split()
VESSELS = 6
RESERVE = 64 << 20


class Run:
    """One watch that is disturbed."""

    def __init__(self, chosen, folder, before):
        self.program, self.before = chosen.program, before
        self.broker = Broker(folder)
        self.client = Client(self.broker.port, "probe", "vigie/#")
        self.watch = Watch(chosen.program, folder, self.broker.port)
        if before:
            shutil.copytree(before, self.watch.state)
        else:
            self.watch.state.mkdir(mode=0o700)
        # The file is there already: its bytes would be most of what is written.
        with open(self.watch.state / "reserve", "wb") as reserve:
            reserve.truncate(RESERVE)
        self.wrong = []

    def up(self):
        """Starts again, without faults, where the watch has ended; it must have said why."""
        if self.watch.has_ended():
            code = self.watch.process.returncode
            if code < 0:
                self.wrong.append(f"ends of signal {-code}")
            elif code and "rror" not in self.watch.words():
                self.wrong.append("ends without words")
            self.client.seen = [seen for seen in self.client.seen if not seen[0].endswith("/status")]
            self.watch.start()

    def is_up(self):
        self.up()
        return self.client.is_connected()

    def enter(self, vessels, pause=0.02):
        for line in reports(vessels):
            self.client.publish(TOPIC, line)
            time.sleep(pause)

    def close(self):
        self.watch.kill()
        self.client.end()
        self.broker.end()


def undisturbed(chosen, folder, before, vessels):
    """Returns the events of a watch without faults; leaves its state in the folder."""
    run = Run(chosen, folder, before)
    try:
        run.watch.start()
        until(run.is_up, 30, "the watch starts")
        run.enter(vessels)
        until(lambda: len(run.client.told()) == 2 * len(vessels), 30, "the undisturbed watch tells all")
        until(lambda: run.watch.waiting() == 0, 30, "the outbox is empty")
        run.watch.kill()
        return run.watch.events()
    finally:
        run.close()


def disturbed(chosen, library, before, want, vessels, call, error, at, count):
    """Runs a watch in which an operation fails; returns the fault, and what went wrong."""
    with tempfile.TemporaryDirectory(dir=chosen.folder, ignore_cleanup_errors=True) as folder:
        run, log = Run(chosen, folder, before), pathlib.Path(folder, "faults")
        faults = {"LD_PRELOAD": library, "FAULTS_FOLDER": str(run.watch.state), "FAULTS_CALLS": call,
                  "FAULTS_AT": str(at), "FAULTS_FOR": str(count), "FAULTS_LOG": str(log),
                  "FAULTS_ERRNO": str(getattr(errno, error, 0))}
        try:
            run.watch.start(faults)
            until(run.is_up, 30, "the watch starts, or ends")
            run.enter(vessels)
            fresh = set(want[-2 * len(vessels):])
            until(lambda: run.up() or run.client.told() >= fresh, 20, "every alert is told")
            if at % 2:
                run.watch.kill()
            elif run.watch.end(signal.SIGTERM) and "rror" not in run.watch.words():
                run.wrong.append("ends without words")
            run.client.seen.clear()
            run.watch.start()
            until(run.is_up, 30, "the watch starts again")
            until(lambda: len(run.watch.events()) >= len(want), 20, "the journal has every alert again")
            until(lambda: run.watch.waiting() == 0, 20, "the outbox is empty")
            if code := run.watch.end(signal.SIGTERM):
                run.wrong.append(f"ends with {code}, without a fault")
            if run.watch.events() != want:
                same = sorted(run.watch.events()) == sorted(want)
                run.wrong.append("the order of the journal is another" if same else "the journal is another")
            if verdict := run.watch.verify():
                run.wrong.append(f"the journal is not whole: {verdict.splitlines()[-1]}")
        except AssertionError as wrong:
            run.wrong.append(str(wrong))
        finally:
            run.close()
        if "panicked" in run.watch.words():
            run.wrong.append("panics")
        fault = log.read_text().splitlines()[0] if log.exists() else None
        if run.wrong and fault:
            kept = pathlib.Path(chosen.keep, f"{call}-{error}-{at}-{count}-{'again' if before else 'new'}")
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(f"{fault}\n{run.wrong}\n{run.watch.words()}")
        return fault, run.wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("--calls", default=",".join(CALLS))
    arguments.add_argument("--errors", default="EIO", help="names of errors; 'half' for a part that is done")
    arguments.add_argument("--every", type=int, default=1, help="only every so many operations")
    arguments.add_argument("--at", type=int, default=0, help="only this operation")
    arguments.add_argument("--count", type=int, default=1, help="operations that fail; 0: all from there on")
    arguments.add_argument("--again", action="store_true", help="on the state of a watch that was killed")
    arguments.add_argument("--folder", default="/dev/shm")
    arguments.add_argument("--keep", default=f"{tempfile.gettempdir()}/vigie-faults", help="folder for what failing watches said")
    arguments.add_argument("--jobs", type=int, default=3)
    chosen = arguments.parse_args()
    totals = collections.Counter()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder, \
            concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        library, before, vessels = shim(folder), None, range(VESSELS)
        for part in ["first", "second"] if chosen.again else ["first"]:
            pathlib.Path(folder, part).mkdir()
            want = undisturbed(chosen, f"{folder}/{part}", before, vessels)
            if chosen.again and part == "first":
                before, vessels = f"{folder}/first/state", range(VESSELS, 2 * VESSELS)
        for call in chosen.calls.split(","):
            for error in chosen.errors.split(","):
                def one(at):
                    return at, *disturbed(chosen, library, before, want, vessels, call, error, at, chosen.count)
                at, is_over = chosen.at or 1, False
                while not is_over:
                    batch = [at + n * chosen.every for n in range(1 if chosen.at else 2 * chosen.jobs)]
                    at = batch[-1] + chosen.every
                    for number, fault, wrong in pool.map(one, batch):
                        totals["runs"] += fault is not None
                        is_over |= fault is None or bool(chosen.at)
                        if wrong and fault:
                            wrong = one(number)[2] and wrong
                            totals["wrong" if wrong else "wrong once"] += 1
                            print(f"{call} {error}: {fault}: {'; '.join(wrong or ['not again'])}", flush=True)
                print(f"{call} {error}: {dict(totals)}", flush=True)
    sys.exit(bool(totals["wrong"]))


if __name__ == "__main__":
    main()
