"""Proofs over the API, in the formats of C2SP: any verifier of those reads what is answered here."""

from uuid import UUID

from django.http import HttpResponse
from pydantic import Field
from rest_framework.renderers import JSONRenderer

from compliance.disclosure import checkpoint_for, consistency_for, proof_for
from compliance.errors import BundleTooLarge, CheckpointNotFound, LeafArchived, LeafNotFound, LeafNotSigned
from compliance.services.hand_over import take_bundle
from orders.errors import OrderNotFound
from orders.kernel.api.schema import File
from orders.kernel.api.validation import Query
from orders.kernel.api.views import ApiView, endpoint, file_answer
from orders.kernel.errors import NotPermitted

CHECKPOINT = File("text/plain", "a signed note: c2sp.org/tlog-checkpoint")
PROOF = File("text/plain", "a proof of inclusion with the checkpoint it leads to: c2sp.org/tlog-proof")
CONSISTENCY = File(
    "text/plain", "the older size, hashes, the checkpoint: as c2sp.org/tlog-witness has add-checkpoint"
)
BUNDLE = File(
    "application/zip",
    "story, leaves, a tlog-proof of each, checkpoint; for compliance/verify.py",
    is_binary=True,
)


class _Text(JSONRenderer):
    media_type, format = "text/plain", "txt"


class _Zip(JSONRenderer):
    media_type, format = "application/zip", "zip"


class FileView(ApiView):
    """What answers with a file. Problems stay problem+json, so who asks for JSON is answered as well."""

    renderer_classes = [_Text, _Zip, JSONRenderer]


class TakenFileView(FileView):
    """A file of which a leaf tells that it was taken: there is no HEAD, by which nothing is taken."""

    http_method_names = ["get"]


class AuditCheckpoint(FileView):
    """The newest signed checkpoint."""

    @endpoint(
        "get_audit_checkpoint",
        "Read the newest signed checkpoint of the audit log",
        answers={200: CHECKPOINT},
        refusals=(CheckpointNotFound, NotPermitted),
    )
    def get(self) -> HttpResponse:
        return file_answer(checkpoint_for(self.actor), CHECKPOINT)


class LeafProof(FileView):
    """The proof that a leaf is in the signed tree."""

    @endpoint(
        "get_audit_leaf_proof",
        "Prove that a leaf is in the tree of the newest signed checkpoint",
        answers={200: PROOF},
        refusals=(LeafNotFound, LeafNotSigned, CheckpointNotFound, NotPermitted),
    )
    def get(self, sequence: int) -> HttpResponse:
        return file_answer(proof_for(self.actor, sequence), PROOF, name=f"leaf-{sequence}.tlog-proof")


class ConsistencyQuery(Query):
    """Between which trees."""

    older: int = Field(alias="from", ge=0, lt=1 << 63, description="how many leaves the older tree has")
    newer: int | None = Field(
        alias="to",
        default=None,
        ge=0,
        lt=1 << 63,
        description="how many leaves the newer, signed tree has; the newest one when absent",
    )


class AuditConsistency(FileView):
    """The proof that a signed tree begins with an earlier one."""

    @endpoint(
        "get_audit_consistency",
        "Prove that a signed tree of the audit log begins with an earlier one",
        query=ConsistencyQuery,
        answers={200: CONSISTENCY},
        refusals=(LeafNotSigned, CheckpointNotFound, NotPermitted),
    )
    def get(self, query: ConsistencyQuery) -> HttpResponse:
        return file_answer(consistency_for(self.actor, query.older, query.newer), CONSISTENCY)


class OrderBundle(TakenFileView):
    """An order's story, leaves and proofs in one file."""

    @endpoint(
        "get_order_audit_bundle",
        "Take an order's audit bundle, which anybody verifies without qtweb; that it was taken is a leaf itself",
        answers={200: BUNDLE},
        refusals=(
            OrderNotFound,
            LeafArchived,
            LeafNotSigned,
            CheckpointNotFound,
            BundleTooLarge,
            NotPermitted,
        ),
    )
    def get(self, order_id: UUID) -> HttpResponse:
        bundle = take_bundle(actor=self.actor, order_id=order_id)
        return file_answer(bundle.content, BUNDLE, name=bundle.name)
