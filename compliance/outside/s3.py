"""Checkpoints in an S3-compatible store: an object for each size, put only where there is none (If-None-Match).

Credentials come from the environment as every S3 client reads them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). Give
them no right to delete, and turn object lock on, where the provider has it: then nobody here can take a copy back.
"""

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from compliance.outside.contract import MOST_DIGITS, Silent, require_same_head, require_size, stray

if TYPE_CHECKING:
    from obstore.store import S3Config

_BEYOND = 10**MOST_DIGITS - 1
_ERROR_CHARACTERS = 160


class BucketStore:
    """Keys count downwards, so that a listing, which is in the order of keys, begins with the largest tree."""

    kind = "s3"

    def __init__(
        self,
        name: str,
        bucket: str,
        prefix: str,
        *,
        origin: str,
        endpoint: str,
        region: str,
        timeout_s: float,
    ) -> None:
        self.name = name
        self._root = f"{prefix}/{quote(origin, safe='')}".strip("/")
        config: S3Config = {"region": region, **({"endpoint": endpoint} if endpoint else {})}
        self._store = S3Store(
            bucket,
            config=config,
            client_options={
                "timeout": timedelta(seconds=timeout_s),
                "connect_timeout": timedelta(seconds=timeout_s),
                "allow_http": endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=timeout_s)},
        )

    def latest(self) -> str | None:
        try:
            first = next(iter(obstore.list(self._store, prefix=f"{self._root}/")), [])
            if not first:
                return None
            key = min(each["path"] for each in first)
            note = self._read(key)
        except (BaseError, OSError) as error:
            raise _silent("read", error) from error
        require_size(note, self._size(key))
        return note

    def _key(self, size: int) -> str:
        return f"{self._root}/{_BEYOND - size:0{MOST_DIGITS}d}-{size}"

    def _size(self, key: str) -> int:
        digits = key.rpartition("-")[2]
        if not (digits.isascii() and digits.isdecimal()) or key != self._key(int(digits)):
            raise stray(key.removeprefix(f"{self._root}/"))
        return int(digits)

    def keep(self, size: int, note: str) -> None:
        key = self._key(size)
        try:
            obstore.put(self._store, key, note.encode(), mode="create")
        except AlreadyExistsError:
            try:
                kept = self._read(key)
            except (BaseError, OSError) as error:
                raise _silent("read", error) from error
            require_same_head(kept, size, note)
        except (BaseError, OSError) as error:
            raise _silent("written", error) from error

    def _read(self, key: str) -> str:
        return bytes(obstore.get(self._store, key).bytes()).decode(errors="replace")


def _silent(what: str, error: Exception) -> Silent:
    """The first line of the store's error: the rest repeats the request."""
    return Silent(f"the bucket cannot be {what}: {str(error).partition(chr(10))[0][:_ERROR_CHARACTERS]}")
