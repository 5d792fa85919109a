"""Files of the log for who is signed in: the checkpoint, a leaf's bytes and proof, an order's bundle."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_safe

from compliance.disclosure import checkpoint_for, leaf_body_for, newest_checkpoint, proof_for
from compliance.errors import CheckpointNotFound, CheckpointNotOurs
from compliance.services.hand_over import take_bundle
from compliance.transparency.checkpoints import TreeHead
from compliance.transparency.notes import SignatureLine, UnusableKey, cosigned_at, parse_note
from compliance.tree_reads import opened_head
from orders.kernel.admin import actor_of, refusal_text
from orders.kernel.errors import DomainError, NotFound, NotPermitted


@dataclass(frozen=True, slots=True)
class ShownCheckpoint:
    """The newest signed checkpoint as a page shows it; `fault` says why its signature is not accepted here."""

    head: TreeHead
    signatures: list[SignatureLine]
    fault: str = ""

    @property
    def root(self) -> str:
        """The root in hex."""
        return self.head.root.hex()

    @property
    def signers(self) -> list[str]:
        """Name and id of every key of the log that signed."""
        return [f"{line.name}+{line.key_id.hex()}" for line in self.signatures if self._is_ours(line)]

    @property
    def witnesses(self) -> list[tuple[str, datetime | None]]:
        """Who beside the log signed, and when by their own word (UTC): None for no moment that can be."""
        others = (line for line in self.signatures if not self._is_ours(line))
        return [(line.name, cosigned_at(line)) for line in others]

    def _is_ours(self, line: SignatureLine) -> bool:
        return line.name == self.head.origin


def shown_checkpoint() -> ShownCheckpoint | None:
    """Return the newest signed checkpoint for a page, None before the first."""
    try:
        note = newest_checkpoint()
    except CheckpointNotFound:
        return None
    text, signatures = parse_note(note)
    try:
        return ShownCheckpoint(opened_head(note), signatures)
    except (CheckpointNotOurs, UnusableKey) as fault:
        return ShownCheckpoint(TreeHead.parse(text), signatures, str(fault))


@require_safe
def checkpoint_file(request: HttpRequest) -> HttpResponse:
    """Return the newest signed checkpoint, a note."""
    return sent_file("checkpoint", "text/plain; charset=utf-8", lambda: checkpoint_for(actor_of(request)))


@require_safe
def proof_file(request: HttpRequest, sequence: int) -> HttpResponse:
    """Return a leaf's proof (c2sp.org/tlog-proof)."""
    return sent_file(
        f"leaf-{sequence}.tlog-proof",
        "text/plain; charset=utf-8",
        lambda: proof_for(actor_of(request), sequence),
    )


@require_safe
def leaf_file(request: HttpRequest, sequence: int) -> HttpResponse:
    """Return a leaf's very bytes, which the proof is about."""
    return sent_file(
        f"leaf-{sequence}.json", "application/json", lambda: leaf_body_for(actor_of(request), sequence)
    )


@require_GET
def bundle_file(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Return an order's bundle; that it was taken is a leaf of the log, so there is no HEAD, by which nothing is."""
    return sent_file(
        f"order-{order_id}-audit.zip",
        "application/zip",
        lambda: take_bundle(actor=actor_of(request), order_id=order_id).content,
    )


def sent_file(name: str, content_type: str, content: Callable[[], str | bytes]) -> HttpResponse:
    """Return what `content` reads as a file of this name, or its refusal in words. Raises Http404, PermissionDenied."""
    try:
        body = content()
    except NotFound as error:
        raise Http404(error.detail) from error
    except NotPermitted as error:
        raise PermissionDenied from error
    except DomainError as error:
        return HttpResponse(
            refusal_text(error), status=error.status, content_type="text/plain; charset=utf-8"
        )
    return HttpResponse(
        body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
