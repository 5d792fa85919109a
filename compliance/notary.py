"""The notary: signs the tree's head, after it has asked every place outside the database what that knows of the log.

In this order, so that a kill at any point leaves nothing that contradicts anything:

    1. Ask every place, with no transaction open. One that differs, and nothing is signed; with places but none that
       answered and agrees, signing waits.
    2. Sign, and give the note to the stores before anybody else: from here on no other root can be signed for this
       size, whatever becomes of the database.
    3. Commit the note.
    4. Only then give it to the witnesses. So what a witness has signed and the database never had signed can only mean
       that the database was put back.

What a place was not given it is given at the next turn, before anything new is signed.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from django.db import InterfaceError, OperationalError, connection

from compliance.errors import AuditForked, AuditTreeBroken, CheckpointNotOurs
from compliance.log_state import OWN_KIND
from compliance.models import CopyState
from compliance.outside.contract import Contradicted, Silent
from compliance.outside.places import Places
from compliance.outside_looks import Log, Look, Place, Seen, StorePlace, newest_note_of, places_of
from compliance.services.outside_copies import record_cosignature, record_looks, withdraw_copies
from compliance.services.sign_checkpoint import newest_head, require_own_beginning, sign_checkpoint
from compliance.signing_keys import keyring
from compliance.transparency.checkpoints import TreeHead
from compliance.transparency.notes import UnusableKey
from compliance.tree_reads import opened_head
from orders.kernel.context import correlated

OWN = "this database"
"""Under this name stands what the database itself has of signed checkpoints, and whether it can sign."""
ASKED_EVERY_S = 15.0
"""How often places are asked when there is nothing to sign, and how long a silent one is left alone."""
_RETRY_S = 1.0

logger = logging.getLogger(__name__)


class Notary:
    """Only for the sole integrator. `find_places` is asked once the log's name is known; `clock` tells seconds."""

    def __init__(
        self,
        find_places: Callable[[str], Places],
        *,
        interval_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find_places = find_places
        self._interval_s = interval_s
        self._clock = clock
        self._origin: str | None = None
        self._places: list[Place] = []
        self._seen: dict[str, TreeHead | None] = {}
        self._silent: dict[str, tuple[float, str]] = {}
        self._signed: TreeHead | None = None
        self._asked_s = -ASKED_EVERY_S

    def run(self, stopped: threading.Event) -> None:
        """Take turns until `stopped`; what breaks (the database, a key) is told and tried again."""
        while not stopped.wait(self._interval_s if self._signed else _RETRY_S):
            try:
                with correlated():
                    self.turn()
            except (OperationalError, InterfaceError) as error:
                logger.warning("the database does not answer: %s", error)
                connection.close()
            except Exception:
                logger.exception("the log could not be signed now")
        connection.close()

    def turn(self) -> None:
        """Ask, sign and give away, where the tree has grown or it is time to ask again.

        Raises UnusablePlace, and the database's errors.
        """
        try:
            keys = keyring()
        except UnusableKey as unusable:
            record_looks(
                [Look(OWN, OWN_KIND, CopyState.SILENT, f"it cannot sign: {unusable}")], database_size=0
            )
            return
        if keys.origin is None:
            return
        log = Log(keys, keys.origin, newest_head(keys.origin))
        if log.head == self._signed and self._clock() < self._asked_s + ASKED_EVERY_S:
            return
        self._know_places(log)
        self._asked_s = self._clock()
        if self._all_agree(log):
            self._sign_and_give(log)
            self._signed = log.head

    def _know_places(self, log: Log) -> None:
        if log.origin == self._origin:
            return
        self._places = places_of(self._find_places(log.origin))
        self._origin = log.origin
        withdraw_copies(named=[OWN, *(place.name for place in self._places)], database_size=log.head.size)

    def _all_agree(self, log: Log) -> bool:
        """Ask everybody and write down what they say; tell whether that lets the head be signed."""
        self._seen = {}
        own = self._look(OWN, OWN_KIND, lambda: Seen(require_own_beginning(log.head)))
        outside = [self._ask(place, partial(place.look, log)) for place in self._places]
        record_looks([own, *outside], database_size=log.head.size)
        states = {look.state for look in outside}
        if CopyState.DIFFERS in {own.state, *states}:
            return False
        return not states or CopyState.AGREES in states

    def _sign_and_give(self, log: Log) -> None:
        heads = [head for head in self._seen.values() if head is not None]
        sign_checkpoint(outside=heads, keep_first=partial(self._keep_in_stores, log))
        note = newest_note_of(log.origin)
        if note is None:
            return
        signed = opened_head(note)
        self._give(self._places, log, signed, note)
        record_looks([Look(OWN, OWN_KIND, CopyState.AGREES, "", signed.size)], database_size=log.head.size)

    def _keep_in_stores(self, log: Log, head: TreeHead, note: str) -> bool:
        """Tell whether the note may be committed: a store has it, or there is none that answers."""
        stores = [
            place for place in self._places if isinstance(place, StorePlace) and place.name in self._seen
        ]
        # One that was killed before it could commit has left it there already.
        is_kept = not stores or not all(self._lacks(store, head) for store in stores)
        states = self._give(stores, log, head, note)
        return CopyState.DIFFERS not in states and (is_kept or CopyState.AGREES in states)

    def _give(self, places: Sequence[Place], log: Log, signed: TreeHead, note: str) -> set[CopyState]:
        """Give a checkpoint to those of the places that have not got it, and write down how they stand then."""
        lacking = [place for place in places if self._lacks(place, signed)]
        looks = [
            self._ask(place, partial(place.give, log, signed, note, self._seen[place.name]))
            for place in lacking
        ]
        record_looks(looks, database_size=log.head.size)
        return {look.state for look in looks}

    def _lacks(self, place: Place, signed: TreeHead) -> bool:
        """Whether a place that answered has not this checkpoint yet; a silent one is asked first."""
        if place.name not in self._seen:
            return False
        seen = self._seen[place.name]
        return seen is None or seen.size < signed.size

    def _ask(self, place: Place, act: Callable[[], Seen]) -> Look:
        """Ask a place; one that was silent a moment ago is not, or every turn would wait for it."""
        until_s, why = self._silent.get(place.name, (0.0, ""))
        if self._clock() < until_s:
            return Look(place.name, place.kind, CopyState.SILENT, why)
        look = self._look(place.name, place.kind, act)
        if look.state == CopyState.SILENT:
            self._silent[place.name] = self._clock() + ASKED_EVERY_S, look.detail
        return look

    def _look(self, name: str, kind: str, act: Callable[[], Seen]) -> Look:
        try:
            seen = act()
        except Silent as silent:
            return Look(name, kind, CopyState.SILENT, str(silent))
        except (Contradicted, AuditForked, AuditTreeBroken, CheckpointNotOurs) as differs:
            logger.error("nothing is signed, %s differs: %s", name, differs)
            return Look(name, kind, CopyState.DIFFERS, str(differs))
        self._seen[name] = seen.head
        if seen.line and seen.head is not None:
            record_cosignature(witness=name, tree_size=seen.head.size, line=seen.line)
        return Look(name, kind, CopyState.AGREES, "", None if seen.head is None else seen.head.size)
