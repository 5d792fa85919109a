"""`manage.py audit`: verifies the log, proves what is in it, writes files that others verify, makes keys."""

import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from compliance.cases.asked import ExportCase
from compliance.disclosure import consistency, inclusion_proof, newest_checkpoint
from compliance.leaves import canonical
from compliance.models import Case, CaseState
from compliance.search import AskedLeaves
from compliance.services.archives import archive_month, attach_month
from compliance.services.export_case import export_case, request_case_on_machine, take_case_on_machine
from compliance.services.hand_over import export_log, write_bundle
from compliance.services.verify import verify
from compliance.signing_keys import keyring, write_key
from compliance.states import state_on_machine
from compliance.transparency.notes import UnusableKey
from orders.kernel.context import Actor, Door, correlated
from orders.kernel.errors import DomainError
from orders.kernel.moments import moment_text, parse_moment

PROGRESS_ENTRIES = 100_000
LONGEST_WAIT_S = 120.0
PAUSE_S = 0.2
_CRITERIA = tuple(name for name in AskedLeaves.model_fields if name != "client_order_id")
_ACTOR = Actor("audit", Door.COMMAND)


def _month(text: str) -> date:
    return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise ValueError("no number of leaves")
    return number


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    """Exit status 0 when it was done and the log holds, 1 otherwise. The integrator may run meanwhile."""

    help = "Verify the audit log, prove what is in it, hand it over."

    def add_arguments(self, parser: CommandParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)

        def command(name: str, run: Callable[[dict[str, Any]], None], text: str) -> Any:
            added = subcommands.add_parser(name, help=text)
            added.set_defaults(run=run)
            return added

        verified = command("verify", self._verify, "recompute every leaf, node and checkpoint")
        verified.add_argument("--archives", type=Path, help="the folder with the archives of months")
        command("checkpoint", self._checkpoint, "print the newest signed checkpoint")
        command("keys", self._keys, "print the public keys, which others verify with")
        keygen = command(
            "keygen", self._keygen, "make a key that signs checkpoints, and print its public one"
        )
        keygen.add_argument("name", help="the log's name, as a URL without scheme: bank.example/orders")
        keygen.add_argument("file", type=Path, help="a new file for the private key")
        prove = command("prove", self._prove, "print the proof (tlog-proof) that a leaf is in the tree")
        prove.add_argument("sequence", type=_number, help="the leaf's place in the tree, from 0 on")
        consistent = command(
            "consistency", self._consistency, "print the proof that the tree begins with an earlier one"
        )
        consistent.add_argument("old", type=_number, help="how many leaves the earlier tree has")
        bundle = command(
            "bundle", self._bundle, "write an order's story, leaves and proofs to a file of its own"
        )
        bundle.add_argument("order", type=UUID, help="the order's id")
        bundle.add_argument("--output", type=Path, help="the file; without it a name in this folder")
        case = command("case", self._case, "write what is found in the log for a question, sealed by the log")
        for name in ("reference", "title", "question"):
            case.add_argument(f"--{name}", required=True, help="kept in the case, and nowhere in the log")
        case.add_argument("--order", help="an order's id: all about it; instead of criteria")
        for name in _CRITERIA:
            case.add_argument(f"--{name.replace('_', '-')}", help="a criterion of the search")
        case.add_argument("--output", type=Path, help="the file; without it a name in this folder")
        export = command("export", self._export, "write the whole log as tiles (c2sp.org/tlog-tiles)")
        export.add_argument("folder", type=Path, help="a new folder, or one with an earlier export")

        state = command("state", self._state, "print what an object was at a moment, by the log alone")
        state.add_argument("type", help="order, limit, ... or a table as the log spells it")
        state.add_argument("id", help="the object's id")
        state.add_argument("--at", required=True, type=_moment, help="such as 2026-11-27T14:03:07Z")

        archive = command(
            "archive", self._archive, "write the oldest month to a file, and take it out of the table"
        )
        archive.add_argument("month", type=_month, help="a month that is over, such as 2026-11")
        archive.add_argument("folder", type=Path, help="where archives are kept")
        attach = command("attach", self._attach, "put the newest of the archived months back into the table")
        attach.add_argument("month", type=_month, help="the month, such as 2026-11")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with correlated():
                options["run"](options)
        except DomainError as error:
            raise CommandError(f"{error.detail}. {error.advice}") from error
        except (UnusableKey, OSError) as error:
            raise CommandError(str(error)) from error

    def _verify(self, options: dict[str, Any]) -> None:
        self._told = 0
        result = verify(self._tell, options["archives"])
        self.stdout.write(str(result))
        if result.broken is not None:
            raise SystemExit(1)

    def _tell(self, done: int, total: int) -> None:
        if done - self._told >= PROGRESS_ENTRIES:
            self._told = done
            self.stderr.write(f"audit: {done} of {total} entries")

    def _checkpoint(self, options: dict[str, Any]) -> None:
        self.stdout.write(newest_checkpoint(), ending="")

    def _keys(self, options: dict[str, Any]) -> None:
        for verifier in keyring().verifiers:
            self.stdout.write(verifier.vkey)

    def _keygen(self, options: dict[str, Any]) -> None:
        self.stdout.write(write_key(options["name"], options["file"]).vkey)
        self.stderr.write(
            "Set QTWEB_AUDIT_KEY_FILE for the integrator, and give the public key to who verifies."
        )

    def _prove(self, options: dict[str, Any]) -> None:
        self.stdout.write(inclusion_proof(options["sequence"]), ending="")

    def _consistency(self, options: dict[str, Any]) -> None:
        self.stdout.write(consistency(options["old"]), ending="")

    def _bundle(self, options: dict[str, Any]) -> None:
        bundle = write_bundle(actor=_ACTOR, order_id=options["order"])
        file = options["output"] or Path(bundle.name)
        file.write_bytes(bundle.content)
        self.stdout.write(f"audit: {file}, to be checked with compliance/verify.py bundle {file} --key VKEY")

    def _archive(self, options: dict[str, Any]) -> None:
        file = archive_month(actor=_ACTOR, month=options["month"], folder=options["folder"])
        self.stdout.write(f"audit: {options['month']:%Y-%m} is in {file}, its leaves are out of the table")
        self.stdout.write(f"audit: to be checked with compliance/verify.py archive {file} --key VKEY")

    def _attach(self, options: dict[str, Any]) -> None:
        attach_month(actor=_ACTOR, month=options["month"])
        self.stdout.write(f"audit: {options['month']:%Y-%m} is in the table again; its archive stays valid")

    def _case(self, options: dict[str, Any]) -> None:
        leaves = {name: options[name] for name in _CRITERIA if options[name] is not None} or None
        words = {name: options[name] for name in ("reference", "title", "question")}
        try:
            asked = ExportCase.model_validate({**words, "order_id": options["order"], "leaves": leaves})
        except ValidationError as error:
            told = (f"{'.'.join(map(str, each['loc']))} {each['msg']}".strip() for each in error.errors())
            raise CommandError("; ".join(told)) from error
        case = request_case_on_machine(actor=_ACTOR, command=asked)
        self._wait_for(case)
        taken = take_case_on_machine(actor=_ACTOR, case_id=case.pk)
        file = options["output"] or Path(taken.name)
        file.write_bytes(taken.content)
        self.stdout.write(f"audit: {file}, to be checked with compliance/verify.py case {file} --key VKEY")

    def _wait_for(self, case: Case) -> None:
        """Write the case here, and wait until the integrator has sequenced and signed what it is sealed by."""
        until_s = time.monotonic() + LONGEST_WAIT_S
        while case.state in (CaseState.REQUESTED, CaseState.UNSIGNED):
            export_case(case.pk)
            case.refresh_from_db()
            if time.monotonic() > until_s:
                raise CommandError(
                    f"case {case.pk} is {case.state}: is the integrator running, and has it a key?"
                )
            time.sleep(PAUSE_S)
        if case.state == CaseState.REFUSED:
            raise CommandError(case.refusal)

    def _state(self, options: dict[str, Any]) -> None:
        state = state_on_machine(options["type"], options["id"], options["at"])
        self.stdout.write(
            f"audit: {state.table} {state.object_id} at {moment_text(state.at)}: {state.row.standing}"
        )
        for column in state.row.columns:
            leaf = column.change.leaf
            told = "before" if column.is_before else "by"
            self.stdout.write(
                f"{column.name} = {canonical(column.value)}"
                f"  ({told} leaf {leaf.sequence}, {moment_text(leaf.recorded_at)}, {leaf.actor})"
            )
        if state.missing:
            self.stdout.write(f"audit: NOT KNOWN: {state.missing}")

    def _export(self, options: dict[str, Any]) -> None:
        head = export_log(actor=_ACTOR, folder=options["folder"])
        self.stdout.write(f"audit: {head.size} leaves in {options['folder']}, root {head.root.hex()}")
