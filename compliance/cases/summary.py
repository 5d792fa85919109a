"""A case's summary as PDF: who asked what, what was found, before and after, and how to verify it by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from compliance.cases.gathered import Gathered
from compliance.merkle import leaf_hash
from compliance.models import Case, Leaf
from compliance.told import told_by
from compliance.transparency.checkpoints import TreeHead
from compliance.transparency.notes import cosigned_at, parse_note
from orders.kernel.money import decimal_text
from orders.models import Order

MOST_LEAVES = 500
"""What a person still reads; story.txt has all of them."""
_MOST_LINES, _MOST_CHARACTERS = 16, 160
_MARGIN = 36
_WIDTHS = (40, 92, 150, 66, 250, 172)
_GRID = [("GRID", (0, 0), (-1, -1), 0.25, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]
_BY_HAND = (
    "python verify.py case FILE.zip --key VKEY does all of what follows; verify.py is one file, and VKEY is the log's"
    " public key, which you must have from elsewhere than this file.",
    "1. sha256sum --check SHA256SUMS in the unpacked folder: no file was altered since the manifest was written.",
    "2. sha256sum SHA256SUMS is what seal/leaf.json says as facts.sha256: the log has the manifest's digest.",
    "3. SHA-256 of a zero byte and seal/leaf.json, with the hashes of seal/leaf.tlog-proof (c2sp.org/tlog-proof), leads"
    " to the root of the checkpoint at its end, and that is a note under the log's Ed25519 key (c2sp.org/signed-note).",
    "4. leaves/N.json with leaves/N.tlog-proof leads in the same way to the root of the file checkpoint, with which the"
    " tree of step 3 begins: seal/consistency proves that (RFC 9162, 2.1.4.2).",
    "The log proves what was written and that it was not altered since. That a search has found all there is, and what"
    " this summary and the replays add to the entries, is the word of who made the case.",
)


@dataclass(frozen=True)
class Summary:
    """What a summary is made of. `names` are login names, by the references that leaves have."""

    case: Case
    gathered: Gathered
    checkpoint: str
    head: TreeHead
    orders: Sequence[Order]
    names: Mapping[str, str]


def summary_pdf(of: Summary) -> bytes:
    """Return the summary of a case."""
    file, styles = BytesIO(), getSampleStyleSheet()
    small = styles["BodyText"].clone("small", fontSize=7.5, leading=9)
    title = f"Case {of.case.reference}: {of.case.title}"
    story: list[Any] = [Paragraph(_escaped(title), styles["Heading1"])]
    story += [_table(list(_facts(of)), small, (120, 650)), Spacer(1, 8)]
    if of.orders:
        story += [Paragraph("Orders", styles["Heading2"]), _table(list(_orders(of)), small, None, heads=1)]
    story += [Paragraph("What happened", styles["Heading2"])]
    story += [Paragraph(_escaped(_scope(of)), small), Spacer(1, 4)]
    story += [_table(list(_entries(of)), small, _WIDTHS, heads=1)]
    story += [Paragraph("How to verify it", styles["Heading2"])]
    story += [Paragraph(_escaped(line), small) for line in _BY_HAND]
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN)
    document = SimpleDocTemplate(file, pagesize=landscape(A4), title=_printable(title), **margins)
    document.build(story)
    return file.getvalue()


def _facts(of: Summary) -> Iterator[tuple[str, str]]:
    case, asker = of.case, of.names[of.case.asked_by]
    yield "Question", case.question
    yield "Asked by", f"{asker} ({case.asked_by}), {_moment(case.recorded_at)}"
    yield "Criteria", "; ".join(f"{name} = {value}" for name, value in case.asked.items())
    yield "Searched", f"the log's entries 0 to {case.through:,}"
    yield "Found", f"{len(of.gathered.found):,} entries; with the lives of orders {len(of.gathered.leaves):,}"
    if of.gathered.orders_left_out:
        left_out = f"the lives of {of.gathered.orders_left_out:,} orders: too many, or not for who asked"
        yield "Left out", left_out
    yield "Case", str(case.pk)
    yield "Checkpoint", f"log {of.head.origin}, {of.head.size:,} entries, root {of.head.root.hex()}"
    yield "Signed by", "; ".join(_signers(of))


def _signers(of: Summary) -> Iterator[str]:
    _text, lines = parse_note(of.checkpoint)
    for line in lines:
        told = f"{line.name}+{line.key_id.hex()}"
        if line.name != of.head.origin:
            at = cosigned_at(line)
            told += f" as a witness, {'at no moment that can be' if at is None else _moment(at)}"
        yield told


def _orders(of: Summary) -> Iterator[tuple[str, ...]]:
    yield (
        "Order",
        "Client order id",
        "Account",
        "Instrument",
        "Side",
        "Quantity",
        "Filled",
        "Status now",
        "Entries",
    )
    for order in of.orders:
        yield (
            str(order.pk),
            order.client_order_id,
            order.account.code,
            order.instrument.symbol,
            order.side,
            decimal_text(order.quantity),
            decimal_text(order.filled_quantity),
            order.status,
            f"{len(of.gathered.orders[order.pk]):,}",
        )


def _scope(of: Summary) -> str:
    told = "Oldest first, times are UTC. The hash of an entry is SHA-256 of a zero byte and its file leaves/N.json."
    if len(of.gathered.leaves) > MOST_LEAVES:
        told += (
            f" The first {MOST_LEAVES:,} of {len(of.gathered.leaves):,} entries; story.txt has all of them."
        )
    return told


def _entries(of: Summary) -> Iterator[tuple[str, ...]]:
    yield (
        "Entry",
        "Recorded",
        "What, on which object",
        "Who",
        "Before -> after, and what else it says",
        "Hash",
    )
    for place, leaf in list(of.gathered.leaves.items())[:MOST_LEAVES]:
        yield (
            f"{place:,}",
            _moment(leaf.recorded_at),
            f"{leaf.action}, {leaf.object_type} {leaf.object_id}, revision {leaf.revision}",
            of.names[leaf.actor],
            "\n".join(_told(leaf)),
            leaf_hash(leaf.body.encode()).hex(),
        )


def _told(leaf: Leaf) -> Iterator[str]:
    told = told_by(leaf.body)
    lines = [
        f"{each.column}: {_shortened(each.before or '-')} -> {_shortened(each.after or '-')}"
        for each in told.changes
        if each.is_change
    ]
    lines += [f"{name} = {_shortened(text)}" for name, text in told.facts]
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"and {len(lines) - _MOST_LINES} more in its file"


def _table(
    rows: Sequence[Sequence[str]],
    style: ParagraphStyle,
    widths: Sequence[int] | None,
    heads: int = 0,
) -> Table:
    cells = [[Paragraph(_escaped(text), style) for text in row] for row in rows]
    return Table(cells, colWidths=widths, repeatRows=heads, style=_GRID, hAlign="LEFT", splitInRow=1)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}... ({len(text)} characters)"


def _printable(text: str) -> str:
    """Return text as the PDF's own font can show it: what it cannot is spelt by its code, and nothing is lost."""
    return text.encode("cp1252", "backslashreplace").decode("cp1252")


def _escaped(text: str) -> str:
    plain = _printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("\n", "<br/>")
