"""A witness as c2sp.org/tlog-witness has it, for tests: a process with a key and a record on disk of its own.

Written from the specifications alone (tlog-witness, tlog-cosignature, signed-note, tlog-checkpoint, RFC 9162), with the
standard library and `cryptography`; it shares no line with the code that it witnesses.

    python witness_process.py FOLDER NAME PORT ORIGIN LOG_VKEY...

prints its own vkey once it listens. FOLDER keeps its seed and its record, so it can be killed and started again.
"""

import base64
import hashlib
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

EM_DASH = "\u2014"


class Answer(Exception):
    """What is answered instead of a cosignature."""

    def __init__(self, status, body="", content_type="text/plain"):
        self.status, self.body, self.content_type = status, body, content_type


class Record:
    """The latest checkpoint that was cosigned: size and root. On disk before anybody hears of it."""

    def __init__(self, path):
        self.path = path

    def read(self):
        if not self.path.exists():
            return 0, None
        kept = json.loads(self.path.read_text())
        return kept["size"], base64.b64decode(kept["root"])

    def write(self, size, root):
        new = self.path.with_suffix(".new")
        with new.open("w") as file:
            json.dump({"size": size, "root": base64.b64encode(root).decode()}, file)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


class Witness:
    def __init__(self, folder, name, origin, vkeys):
        seed = folder / "seed"
        if not seed.exists():
            seed.write_bytes(os.urandom(32))
        self.key = Ed25519PrivateKey.from_private_bytes(seed.read_bytes())
        self.name, self.origin = name, origin
        self.log_keys = dict(map(read_vkey, vkeys))
        self.record = Record(folder / "record.json")
        self.lock = threading.Lock()

    @property
    def public(self):
        return self.key.public_key().public_bytes_raw()

    @property
    def key_id(self):
        return hashlib.sha256(self.name.encode() + b"\n\x04" + self.public).digest()[:4]

    @property
    def vkey(self):
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([4]) + self.public).decode()}"

    def add_checkpoint(self, body):
        old_size, proof, text, signatures = read_request(body)
        lines = text.split("\n")
        origin, size, root = lines[0], decimal(lines[1]), base64.b64decode(lines[2], validate=True)
        if origin != self.origin:
            raise Answer(404)
        if not any(self.is_of_log(text, line) for line in signatures):
            raise Answer(403)
        if old_size > size:
            raise Answer(400)
        with self.lock:
            latest, latest_root = self.record.read()
            if old_size != latest:
                raise Answer(409, f"{latest}\n", "text/x.tlog.size")
            if old_size == size and latest_root not in (None, root):
                raise Answer(409)
            if old_size == 0 and proof:
                raise Answer(422)
            if 0 < old_size < size and not is_consistent(old_size, latest_root, size, root, proof):
                raise Answer(422)
            if old_size == size and proof:
                raise Answer(422)
            self.record.write(size, root)
            return self.cosignature(text)

    def is_of_log(self, text, line):
        dash, _, rest = line.partition(" ")
        name, _, data = rest.partition(" ")
        raw = base64.b64decode(data)
        key = self.log_keys.get((name, raw[:4]))
        if dash != EM_DASH or key is None:
            return False
        try:
            key.verify(raw[4:], text.encode())
        except InvalidSignature:
            return False
        return True

    def cosignature(self, text):
        now = int(time.time())
        signature = self.key.sign(f"cosignature/v1\ntime {now}\n{text}".encode())
        data = base64.b64encode(self.key_id + now.to_bytes(8, "big") + signature).decode()
        return f"{EM_DASH} {self.name} {data}\n"


def read_vkey(vkey):
    name, key_id, data = vkey.split("+", 2)
    raw = base64.b64decode(data)
    assert raw[0] == 1
    return (name, bytes.fromhex(key_id)), Ed25519PublicKey.from_public_bytes(raw[1:])


def read_request(body):
    try:
        head, checkpoint = body.decode().split("\n\n", 1)
        old, *proof = head.split("\n")
        text, signatures = checkpoint.rsplit("\n\n", 1)
        word, _, size = old.partition(" ")
        if word != "old" or len(proof) > 63 or not signatures.endswith("\n"):
            raise ValueError
        hashes = [base64.b64decode(line, validate=True) for line in proof]
        if any(len(each) != 32 for each in hashes):
            raise ValueError
        return decimal(size), hashes, text + "\n", signatures[:-1].split("\n")
    except ValueError as error:
        raise Answer(400) from error


def decimal(text):
    if not text.isascii() or not text.isdigit() or (text[0] == "0" and text != "0"):
        raise Answer(400)
    return int(text)


def is_consistent(first, first_hash, second, second_hash, path):
    """RFC 9162, 2.1.4.2, as it is written there."""
    if not path:
        return False
    if first & (first - 1) == 0:
        path = [first_hash, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = hashlib.sha256(b"\x01" + c + fr).digest()
            sr = hashlib.sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = hashlib.sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    return fr == first_hash and sr == second_hash and sn == 0


def handler_of(witness):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                if self.path != "/add-checkpoint":
                    raise Answer(404)
                self.answer(200, witness.add_checkpoint(body), "text/plain; charset=utf-8")
            except Answer as answer:
                self.answer(answer.status, answer.body, answer.content_type)
            except (ValueError, IndexError):
                self.answer(400, "", "text/plain")

        def answer(self, status, text, content_type):
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    return Handler


def main():
    folder, name, port, origin, *vkeys = sys.argv[1:]
    witness = Witness(Path(folder), name, origin, vkeys)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), handler_of(witness))
    print(witness.vkey, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
