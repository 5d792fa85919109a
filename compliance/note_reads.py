"""Reads of the signed checkpoints as they are stored, for who holds them to the tree."""

from django.conf import settings
from django.db import connection

from compliance.signing_keys import keyring
from compliance.transparency.checkpoints import TreeHead, open_checkpoint
from compliance.transparency.notes import InvalidNote, UnknownKey, UnusableKey, Verifier, parse_note
from compliance.verification import Break, StoredNote
from orders.kernel.statements import Statement

_NOTES = Statement(
    """
    SELECT tree_size, note FROM compliance_signedcheckpoint
    WHERE tree_size > %(start)s AND tree_size <= %(stop)s ORDER BY id
    """
)


def notes_between(start: int, stop: int) -> list[StoredNote]:
    """Return the signed checkpoints of trees of more than `start` and at most `stop` leaves, each opened.

    What keys that are not known here signed is read all the same. A log that was ended counts no more.
    """
    rows = _NOTES.rows({"start": start, "stop": stop})
    known = _believed() if rows else ()
    return [
        _read(size, note, known)
        for size, note in rows
        if note.partition("\n")[0] not in settings.AUDIT_ENDED_LOGS
    ]


def _believed() -> tuple[Verifier, ...]:
    """The keys that are believed: none where they cannot be used, and then the verdict says that none was."""
    try:
        return keyring().verifiers
    except UnusableKey:
        return ()


def _read(size: int, note: str, known: tuple[Verifier, ...]) -> StoredNote:
    try:
        try:
            head, is_opened = open_checkpoint(note, known).head, True
        except UnknownKey:
            head, is_opened = TreeHead.parse(parse_note(note)[0]), False
    except InvalidNote as error:
        return StoredNote(
            size, None, f"the signed checkpoint of size {size} is none of this log: {error}", True
        )
    if head.size != size:
        fault = f"the signed checkpoint of size {size} says that it is of size {head.size}"
        return StoredNote(size, None, fault, is_opened)
    return StoredNote(size, head.root, None, is_opened)


_MISSING = """
    SELECT min(tree_size) FROM (
        SELECT tree_size FROM compliance_cosignature UNION ALL SELECT tree_size FROM compliance_monthstanding
        UNION ALL SELECT tree_size FROM compliance_outsidecopy WHERE kind = %s AND tree_size > 0
    ) AS known
    WHERE NOT EXISTS (
        SELECT FROM compliance_signedcheckpoint AS signed WHERE signed.tree_size = known.tree_size
    )
"""


def missing_note(own_kind: str) -> Break | None:
    """Return the first signed checkpoint that is gone, as a witness, an archived month or the notary knew it.

    `own_kind` is the kind of place under which the notary wrote down what this database has.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [own_kind])
        (size,) = cursor.fetchone()
    return (
        None
        if size is None
        else Break(f"the signed checkpoint of size {size} is not there any more", size - 1)
    )
