"""A small watch on a broker of its own: configuration, AIS reports, MQTT client, journal. It needs Mosquitto and no package."""

import functools
import json
import operator
import os
import pathlib
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time

TOPIC = "feeds/bb/ragged-point/ais"
AREA = pathlib.Path(__file__).parents[2] / "tests/support/area"
OWN = """[broker]
url = "mqtt://127.0.0.1:{port}"
[state]
folder = "{state}"
checkpoint_seconds = 1
"""
START = 1_767_240_000


def xor(text):
    """Returns the checksum of a sentence, two hexadecimal digits."""
    return format(functools.reduce(operator.xor, text.encode()), "02X")


def sentence(mmsi, lon, lat, at):
    """Returns a position report of class A with source and time."""
    bits = ""
    for value, width in [(1, 6), (0, 2), (mmsi, 30), (0, 4), (128, 8), (80, 10), (1, 1), (round(lon * 600_000), 28),
                         (round(lat * 600_000), 27), (900, 12), (90, 9), (at % 60, 6), (0, 25)]:
        bits += format(value & ((1 << width) - 1), f"0{width}b")
    six = [int(bits[i:i + 6], 2) for i in range(0, len(bits), 6)]
    body = f"AIVDM,1,1,,A,{''.join(chr(v + 48 if v < 40 else v + 56) for v in six)},0"
    tag = f"s:ragged-point,c:{at}"
    return f"\\{tag}*{xor(tag)}\\!{body}*{xor(body)}".encode()


def reports(vessels):
    """Returns the reports of vessels that enter an area and leave it: each raises an alert and ends it."""
    path = [(0, False), (600, True), (670, True), (1300, False), (1900, False)]
    lines = [(START + n * 3 + after, n, inside) for n in vessels for after, inside in path]
    return [sentence(314_001_000 + n, -59.59 if inside else -59.605, 13.1, at) for at, n, inside in sorted(lines)]


def event(body):
    """Returns id, number and content of an alert event, without the mark of one that is not on disk."""
    read = json.loads(body)
    read["properties"].pop("not_on_disk", None)
    return read["id"], read["properties"]["seq"], json.dumps(read, sort_keys=True)


class Broker:
    """Mosquitto, in memory."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = pathlib.Path(folder, "mosquitto.conf")
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(["mosquitto", "-c", config], stdout=quiet, stderr=quiet)
        until(lambda: self.is_up(), 10, "the broker starts")

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def end(self):
        self.process.kill()
        self.process.wait()


class Client:
    """An MQTT 3.1.1 client that keeps what it sees."""

    def __init__(self, port, name, topic):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.seen, self.last, self.lock = [], 0, threading.Lock()
        self.send(0x10, self.text("MQTT") + struct.pack(">BBH", 4, 2, 0) + self.text(name))
        self.send(0x82, struct.pack(">H", 1) + self.text(topic) + b"\1")
        threading.Thread(target=self.read, daemon=True).start()

    @staticmethod
    def text(text):
        return struct.pack(">H", len(text.encode())) + text.encode()

    def send(self, kind, body):
        length, head = len(body), bytes([kind])
        while True:
            length, low = length >> 7, length & 127
            head += bytes([low | (128 if length else 0)])
            if not length:
                break
        with self.lock:
            self.socket.sendall(head + body)

    def publish(self, topic, payload):
        self.last += 1
        self.send(0x32, self.text(topic) + struct.pack(">H", self.last) + payload)

    def read(self):
        stream = self.socket.makefile("rb")
        try:
            while head := stream.read(1):
                length = shift = 0
                while True:
                    byte = stream.read(1)[0]
                    length |= (byte & 127) << shift
                    shift += 7
                    if byte < 128:
                        break
                body = stream.read(length)
                if head[0] >> 4 == 3:
                    size = struct.unpack(">H", body[:2])[0]
                    rest = body[2 + size:]
                    if head[0] & 6:
                        self.send(0x40, rest[:2])
                        rest = rest[2:]
                    self.seen.append((body[2:2 + size].decode(), rest.decode(errors="replace")))
        except (OSError, IndexError):
            pass

    def end(self):
        self.socket.shutdown(socket.SHUT_RDWR)

    def told(self):
        """Returns the alert events that were published."""
        return {event(body) for topic, body in list(self.seen) if "/alerts/" in topic}

    def is_connected(self):
        """Whether the newest status says that the watch is connected."""
        status = [body for topic, body in list(self.seen) if topic.endswith("/status")]
        return bool(status) and '"state":"connected"' in status[-1]


def shim(folder):
    """Builds the library that lets file operations fail; returns its path."""
    built, source = f"{folder}/shim.so", pathlib.Path(__file__).with_name("shim.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", built, source, "-ldl"], check=True)
    return built


def until(done, seconds, what):
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise AssertionError(f"not so within {seconds} s: {what}")
        time.sleep(0.02)


class Watch:
    """A folder with configuration, state and spare folder, and the process that watches."""

    def __init__(self, program, folder, port, state=None):
        self.program, self.folder = program, pathlib.Path(folder)
        self.state = pathlib.Path(state or self.folder / "state")
        self.spare = self.folder / "run"
        self.spare.mkdir(exist_ok=True)
        self.config, self.output = self.folder / "vigie.toml", self.folder / "output"
        for file in AREA.iterdir():
            (self.folder / file.name).write_text(file.read_text())
        with self.config.open("a") as main:
            main.write(OWN.format(port=port, state=self.state))
        self.process = None

    def start(self, more={}):
        variables = os.environ | {"RUNTIME_DIRECTORY": str(self.spare), "RUST_BACKTRACE": "1"} | more
        with open(self.output, "ab") as output:
            command = [self.program, "run", "-c", self.config]
            self.process = subprocess.Popen(command, env=variables, stdout=output, stderr=output)

    def has_ended(self):
        return self.process.poll() is not None

    def end(self, how, seconds=30):
        """Sends a signal; returns how the process ended."""
        self.process.send_signal(how)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"does not end within {seconds} s of signal {how}")

    def words(self):
        return self.output.read_text(errors="replace")

    def events(self):
        """Returns the journal's alert events."""
        db = sqlite3.connect(f"file:{self.state}/journal.db?mode=ro", uri=True, timeout=10)
        try:
            rows = db.execute("SELECT body FROM entry WHERE kind = 'alert' ORDER BY n").fetchall()
            return [event(body) for body, in rows]
        except sqlite3.Error:
            return []
        finally:
            db.close()

    def waiting(self):
        db = sqlite3.connect(f"file:{self.state}/journal.db?mode=ro", uri=True, timeout=10)
        try:
            return db.execute("SELECT count(*) FROM outbox").fetchone()[0]
        except sqlite3.Error:
            return -1
        finally:
            db.close()

    def verify(self):
        """Returns what `vigie verify` says where the journal is not whole; else nothing."""
        done = subprocess.run([self.program, "verify", "-c", self.config], capture_output=True, text=True)
        return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()

    def kill(self):
        if self.process and not self.has_ended():
            self.end(signal.SIGKILL)
