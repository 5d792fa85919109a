"""Cases for tests: asked for, and worked on by worker and integrator until they are ready."""

from typing import Any

from compliance.cases.asked import ExportCase
from compliance.models import Case
from compliance.services.export_case import export_case, request_case
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.transparency.notes import Signer
from orders.kernel.context import Actor
from tests.compliance.log import indexed

SIGNER = Signer.generate("log.example/cases")
AUDIT_KEYS = {"private": SIGNER.secret, "public": "", "file": "", "required": True}
KEY = ["--key", SIGNER.verifier.vkey]
QUESTION = "Jane Doe of the regulator asks who canceled it"


def command(**about: Any) -> ExportCase:
    """What is asked for; `order_id`, or criteria of a search."""
    order_id = about.pop("order_id", None)
    words = {
        name: about.pop(name, text)
        for name, text in (("reference", "FCA-7"), ("title", "A cancel"), ("question", QUESTION))
    }
    return ExportCase.model_validate({**words, "order_id": order_id, "leaves": about or None})


def log_signed() -> None:
    """Everything written has its place, is found, and is signed."""
    indexed()
    sign_checkpoint()


def finished(case: Case) -> Case:
    """The case as it is when worker and integrator have done what there is to do."""
    for _ in range(2):
        log_signed()
        export_case(case.pk)
    case.refresh_from_db()
    return case


def exported(actor: Actor, /, **about: Any) -> Case:
    """A case that is ready."""
    return finished(request_case(actor=actor, command=command(**about)))
