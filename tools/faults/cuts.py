#!/usr/bin/env python3
"""Cuts the power of a watch whose state is on a file system of its own, and compares what is left with an undisturbed watch.

At a cut the process stops, ext4 is shut down without a flush of its log, the process is killed, and the file system is mounted
again: what was not synced is gone. What the watch keeps in memory goes too. The journal must be that of an undisturbed watch.
`--without-sync` is the control: syncing does nothing, and something must be missing. Needs root.

  tools/faults/cuts.py target/debug/vigie --cuts 40
"""

import argparse
import fcntl
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from watch import TOPIC, Broker, Client, Watch, reports, shim, until

VESSELS = 300
SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, (2).to_bytes(4, sys.byteorder)


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, folder):
        self.image, self.place = pathlib.Path(folder, "disk"), pathlib.Path(folder, "mnt")
        self.place.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(256 << 20)
        subprocess.run(["mkfs.ext4", "-q", self.image], check=True)
        self.mount()

    def mount(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.place], check=True)

    def unmount(self):
        subprocess.run(["umount", self.place], check=True)

    def shut(self):
        root = os.open(self.place, os.O_RDONLY)
        fcntl.ioctl(root, SHUTDOWN, WITHOUT_FLUSH)
        os.close(root)


def watched(chosen, folder, cuts, more):
    """Returns the journal of a watch with so many cuts, and what went wrong."""
    disk, broker = Disk(folder), Broker(folder)
    client, watch = Client(broker.port, "probe", "vigie/#"), Watch(chosen.program, folder, broker.port, f"{folder}/mnt/state")
    wrong, draw = [], random.Random(chosen.seed)
    try:
        watch.start(more)
        until(client.is_connected, 30, "the watch starts")
        lines = reports(range(VESSELS))

        def send():
            for line in lines:
                client.publish(TOPIC, line)
                time.sleep(cuts * chosen.each / len(lines))
        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        for cut in range(cuts):
            time.sleep(draw.uniform(0.02, 2 * chosen.each - 0.02))
            if watch.has_ended():
                wrong.append(f"cut {cut}: has ended")
            else:
                watch.process.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, watch.process.pid, os.WSTOPPED | os.WNOWAIT)
            disk.shut()
            watch.kill()
            disk.unmount()
            shutil.rmtree(watch.spare)
            watch.spare.mkdir()
            disk.mount()
            watch.start(more)
        sender.join()
        until(lambda: len(watch.events()) >= 2 * VESSELS and watch.waiting() == 0, 60, "all are in the journal")
    except AssertionError as error:
        wrong.append(str(error))
    finally:
        events, verdict = [], ""
        if not watch.has_ended():
            watch.end(signal.SIGTERM)
            events, verdict = watch.events(), watch.verify()
        told = [event for event in client.told() if event not in events]
        client.end()
        broker.end()
        disk.unmount()
    wrong += [f"told, and not in the journal: {len(told)}"] * bool(told) + [verdict] * bool(verdict)
    return events, wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("--cuts", type=int, default=40)
    arguments.add_argument("--each", type=float, default=1.0, help="seconds between cuts, on the average")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--without-sync", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        more = {}
        if chosen.without_sync:
            more = {"LD_PRELOAD": shim(folder), "FAULTS_FOLDER": f"{folder}/cut/mnt/state", "FAULTS_CALLS": "sync",
                    "FAULTS_AT": "1", "FAULTS_FOR": "0", "FAULTS_ERRNO": "0"}
        for name in ["whole", "cut"]:
            pathlib.Path(folder, name).mkdir()
        want, wrong = watched(chosen, f"{folder}/whole", 0, {})
        assert not wrong and len(want) == 2 * VESSELS, wrong
        left, wrong = watched(chosen, f"{folder}/cut", chosen.cuts, more)
        missing, other = [event for event in want if event not in left], [event for event in left if event not in want]
        print(f"{chosen.cuts} cuts: {len(want)} events, {len(missing)} missing, {len(other)} others, "
              f"{'same' if left == want else 'another'} order; {wrong or 'nothing else'}")
    sys.exit(left != want or bool(wrong))


if __name__ == "__main__":
    main()
