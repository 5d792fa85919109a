"""The client of a witness by C2SP's protocol (c2sp.org/tlog-witness): it signs what it has seen to be consistent."""

import time
from collections.abc import Sequence

from urllib3 import BaseHTTPResponse, PoolManager
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from compliance.outside.contract import MOST_DIGITS, Contradicted, Elsewhere, Silent
from compliance.transparency.notes import InvalidNote, Verifier, cosigned_at_s, encoded, open_note, parse_note

MOST_HASHES = 63
_SIZE = "text/x.tlog.size"
_MOST_BYTES = 65_536
_AHEAD_S = 300
"""So far a witness's clock may be ahead of ours."""
_DONE, _BAD, _FORBIDDEN, _UNKNOWN, _CONFLICT, _INCONSISTENT = 200, 400, 403, 404, 409, 422
_REFUSALS = {
    _BAD: "takes the request for malformed",
    _FORBIDDEN: "does not know the key that signs this log",
    _UNKNOWN: "does not know a log of this name",
}


class HttpWitness:
    """A witness under its name and public key, at an address that ends before `/add-checkpoint`."""

    kind = "witness"

    def __init__(self, verifier: Verifier, url: str, *, timeout_s: float) -> None:
        self.name = verifier.name
        self._verifier = verifier
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._timeout_s = timeout_s
        self._pool = PoolManager(timeout=Timeout(total=timeout_s), retries=False)

    def cosign(self, note: str, *, old_size: int, proof: Sequence[bytes]) -> str:
        if len(proof) > MOST_HASHES:
            raise ValueError(f"a proof of {len(proof)} hashes is none of a tree that can be")
        lines = [f"old {old_size}", *map(encoded, proof), "", note]
        status, kind, body = self._post("\n".join(lines).encode())
        if status == _DONE:
            return self._own_line(note, body)
        if status == _CONFLICT and kind == _SIZE:
            raise Elsewhere(_size(body))
        if status in (_CONFLICT, _INCONSISTENT):
            raise Contradicted(f"the witness knows another history of the log (it answered {status})")
        raise Silent(f"the witness {_REFUSALS.get(status, f'answered {status}')}")

    def _post(self, body: bytes) -> tuple[int, str, str]:
        try:
            answer = self._pool.request("POST", self._url, body=body, redirect=False, preload_content=False)
            try:
                return answer.status, _kind(answer), self._read(answer)
            finally:
                answer.close()
        except HTTPError as error:
            raise Silent(f"the witness does not answer: {type(error).__name__}") from error

    def _read(self, answer: BaseHTTPResponse) -> str:
        """Return the body: the pool's timeout is for each piece of it, this one for all of them."""
        latest, body = time.monotonic() + self._timeout_s, b""
        while piece := answer.read1(_MOST_BYTES):
            body += piece
            if len(body) > _MOST_BYTES or time.monotonic() > latest:
                raise Silent("the witness's answer is too long, or comes too slowly")
        return body.decode(errors="replace")

    def _own_line(self, note: str, answered: str) -> str:
        """Return the line of an answer that is this witness's and holds for the note; others are not looked at."""
        text = parse_note(note)[0]
        try:
            opened = open_note(f"{text}\n{answered}", [self._verifier])
        except InvalidNote as error:
            raise Silent(f"the witness answered with no signature of its own: {error}") from error
        _key, line = opened.signed_by[0]
        if cosigned_at_s(line) > time.time() + _AHEAD_S:
            raise Silent(
                "the witness signed for a time that has not come: its word on the age counts for nothing"
            )
        return str(line)


def _kind(answer: BaseHTTPResponse) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _size(body: str) -> int:
    digits = body.removesuffix("\n")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > MOST_DIGITS:
        raise Silent("the witness answered with no size")
    return int(digits)
