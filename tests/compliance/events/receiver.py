"""A receiver of webhooks in a process of its own: `python -m tests.compliance.events.receiver FOLDER`.

It writes its port into FOLDER/port, and every request as a line of JSON into FOLDER/requests. How it answers stands in
FOLDER/answer, read anew each time: a status, and how many seconds that takes.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        line = json.dumps(
            {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body}
        )
        with (FOLDER / "requests").open("a") as requests:
            requests.write(line + "\n")
        status, seconds = (FOLDER / "answer").read_text().split()
        time.sleep(float(seconds))
        self.send_response(int(status))
        if status == "302":
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        (FOLDER / "followed").touch()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    part = FOLDER / "port.part"
    part.write_text(str(server.server_port))
    part.rename(FOLDER / "port")
    server.serve_forever()
