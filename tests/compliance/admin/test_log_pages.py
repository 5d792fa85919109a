"""The audit log's pages: found by filters, shown whole, and verified by a button."""

from django.db import connection
from django.urls import reverse

from compliance.disclosure import inclusion_proof
from compliance.models import Leaf, TreeEntry
from compliance.services.integrate import Integrator
from compliance.services.sign_checkpoint import sign_checkpoint
from compliance.signing_keys import keyring
from compliance.tree_reads import root_at
from orders.kernel.context import correlated
from orders.kernel.ids import new_id
from orders.permissions import VIEW_ORDERS
from tests.compliance.log import indexed, integrate
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import World, person

LOG = reverse("admin:compliance_leaf_changelist")
VERIFY = reverse("admin:compliance_leaf_verify")


def _shown(page) -> list[tuple[str, str]]:
    return [(row.action, row.object_id) for row in page.context["cl"].result_list]


def test_entries_are_found_by_object_action_actor_and_correlation(world: World) -> None:
    with correlated("morning-1"):
        order = world.place()
    world.place()
    indexed()
    client = sign_in(world.auditor)
    placed = ("OrderPlaced", str(order.pk))

    assert placed in _shown(client.get(LOG, {"object_id": str(order.pk)}))
    of_morning = client.get(LOG, {"correlation_id": "morning-1"})
    assert placed in _shown(of_morning)
    assert f"{LOG}timeline/?correlation_id=morning-1" in addresses(of_morning)
    assert {action for action, _ in _shown(client.get(LOG, {"action": "OrderPlaced"}))} == {"OrderPlaced"}
    by_trader = _shown(client.get(LOG, {"actor": "trader"}))
    assert placed in by_trader
    assert by_trader == _shown(client.get(LOG, {"actor": world.trader.reference}))
    assert _shown(client.get(LOG, {"actor": "nobody"})) == []
    assert _shown(client.get(LOG, {"object_id": str(new_id())})) == []


def test_an_entry_names_the_person_and_leads_to_the_object(world: World) -> None:
    order = world.place()
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderPlaced")

    page = sign_in(world.auditor).get(reverse("admin:compliance_leaf_change", args=[leaf.pk]))

    text = visible_text(page)
    assert f"Actor trader {world.trader.reference}" in text
    assert '"client_order_id": "' + order.client_order_id in text
    assert "Sequence waits for the integrator" in text
    assert reverse("admin:orders_order_change", args=[order.pk]) in addresses(page)


def test_an_absent_entry_is_not_found(world: World) -> None:
    assert sign_in(world.auditor).get(f"{LOG}999999999/").status_code == 404


def test_the_button_verifies_the_whole_log(committed_world: World) -> None:
    order = committed_world.place()
    client = sign_in(committed_world.auditor)
    Integrator().run_batch()

    page = client.post(VERIFY)

    text = visible_text(page)
    assert "The audit log is whole" in text
    assert f"Entries that hold {TreeEntry.objects.count()}" in text
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderPlaced")
    entry = visible_text(client.get(reverse("admin:compliance_leaf_change", args=[leaf.pk])))
    assert f"Sequence {leaf.pk - 1}" in entry
    first_page = visible_text(client.get(reverse("admin:index")))
    assert f"{TreeEntry.objects.count()} entries in the tree" in first_page


def test_verification_names_the_entry_that_somebody_altered(
    committed_database, committed_world: World
) -> None:
    order = committed_world.place()
    Integrator().run_batch()
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderPlaced")
    with committed_database.as_superuser() as connection:
        connection.execute("ALTER TABLE compliance_leaf DISABLE TRIGGER append_only_rows")
        connection.execute(
            "UPDATE compliance_leaf SET body = replace(body, 'OrderPlaced', 'OrderPlaceD') WHERE id = %s",
            [leaf.pk],
        )

    page = sign_in(committed_world.auditor).post(VERIFY)

    text = visible_text(page)
    assert "The audit log is broken" in text
    assert f"object order {order.pk}" in text
    assert reverse("admin:compliance_leaf_change", args=[leaf.pk]) in addresses(page)


def test_verifying_is_a_request_and_not_a_link(world: World) -> None:
    assert sign_in(world.auditor).get(VERIFY).status_code == 405


def test_who_may_not_read_the_log_may_not_verify_it(world: World) -> None:
    assert sign_in(in_role("operator", world.firm)).post(VERIFY).status_code == 403
    assert sign_in(world.trader).post(VERIFY).status_code == 403


def test_an_order_s_own_trail_is_a_tab_for_its_desk(world: World) -> None:
    order = world.place()
    url = reverse("admin:orders_order_change", args=[order.pk]) + "panel/trail/"

    assert "OrderPlaced" in visible_text(sign_in(world.trader).get(url))


def test_changes_of_rows_are_listed_apart_and_shown_before_and_after(world: World) -> None:
    order = world.place()
    client = sign_in(world.auditor)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET limit_price = limit_price + 1 WHERE id = %s", [order.pk])

    assert ("update", str(order.pk)) not in _shown(client.get(LOG))
    indexed()
    by_hand = ("update", str(order.pk))
    assert _shown(client.get(LOG, {"kind": "row", "object_id": str(order.pk)}))[0] == by_hand
    leaf = Leaf.objects.filter(kind="row", object_id=str(order.pk)).latest("id")
    page = client.get(reverse("admin:compliance_leaf_change", args=[leaf.pk]))

    text = visible_text(page)
    assert f"limit price {order.limit_price:.8f} {order.limit_price + 1:.8f}" in text
    assert "Database role qtweb_app" in text
    assert reverse("admin:orders_order_change", args=[order.pk]) in addresses(page)


def test_an_orders_trail_shows_what_happened_to_its_row(world: World) -> None:
    order = world.place()
    client = sign_in(world.auditor)

    text = visible_text(client.get(reverse("admin:orders_order_change", args=[order.pk]) + "panel/trail/"))

    assert "What happened to the order's row" in text
    assert f"client_order_id - {order.client_order_id}" in text


def test_a_moment_that_is_none_is_told_and_finds_nothing(world: World) -> None:
    indexed()
    page = sign_in(world.auditor).get(LOG, {"recorded_from": "yesterday"})

    assert "Recorded from: must be a moment with its offset" in visible_text(page)
    assert _shown(page) == []


def test_a_search_is_read_page_by_page_both_ways(world: World, monkeypatch) -> None:
    monkeypatch.setattr("compliance.admin.log.LeafAdmin.list_per_page", 2)
    orders = [world.place() for _ in range(5)]
    indexed()
    client = sign_in(world.auditor)
    first = client.get(LOG, {"action": "OrderPlaced"})
    second = client.get(LOG + first.context["cl"].next_url)
    third = client.get(LOG + second.context["cl"].next_url)

    newest_first = [("OrderPlaced", str(order.pk)) for order in reversed(orders)]
    assert _shown(first) + _shown(second) + _shown(third) == newest_first
    assert third.context["cl"].next_url is None
    assert _shown(client.get(LOG + third.context["cl"].previous_url)) == _shown(second)
    assert client.get(LOG, {"action": "OrderPlaced", "on": "nowhere"}).status_code == 302


def test_what_waits_for_its_place_is_in_the_whole_list_and_not_in_a_search(world: World) -> None:
    indexed()
    order = world.place()
    client = sign_in(world.auditor)

    assert ("OrderPlaced", str(order.pk)) in _shown(client.get(LOG))
    found = client.get(LOG, {"object_id": str(order.pk)})
    assert _shown(found) == []
    assert "What was written since is found within seconds" in visible_text(found)


def test_the_log_shows_its_newest_signed_checkpoint_and_gives_it_out(world: World) -> None:
    world.place()
    client = sign_in(world.auditor)
    assert "No checkpoint has been signed yet." in visible_text(client.get(LOG))
    assert client.get(reverse("admin:audit_checkpoint")).status_code == 404
    integrate()
    signed = sign_checkpoint()
    signer = keyring().signers[0].verifier

    page = client.get(LOG)

    size = signed.checkpoint_id
    shown = f"checkpoint of {signer.name}: {size} entries, root {root_at(size).hex()} , signed by"
    assert f"{shown} {signer.name}+{signer.key_id.hex()} ." in visible_text(page)
    assert client.get(reverse("admin:audit_checkpoint")).content.decode() == signed.note


def test_an_entry_s_page_gives_its_proof_and_its_bytes(world: World) -> None:
    order = world.place()
    leaf = Leaf.objects.get(object_id=str(order.pk), action="OrderPlaced")
    client, url = sign_in(world.auditor), reverse("admin:compliance_leaf_change", args=[leaf.pk])
    integrate()
    assert "No signed checkpoint covers the entry yet" in visible_text(client.get(url))
    sign_checkpoint()
    sequence = TreeEntry.objects.get(leaf=leaf).sequence

    page = client.get(url)

    proof, body = (reverse(f"admin:audit_{kind}", args=[sequence]) for kind in ("proof", "leaf"))
    assert {proof, body} <= set(addresses(page))
    assert client.get(proof).content.decode() == inclusion_proof(sequence)
    assert client.get(body).content.decode() == leaf.body
    trader = sign_in(world.trader)
    assert trader.get(proof).status_code == 200
    assert (
        sign_in(world.stranger).get(proof).status_code == sign_in(world.stranger).get(body).status_code == 404
    )


def test_a_checkpoint_under_an_unknown_key_is_shown_as_such(world: World, settings) -> None:
    world.place()
    integrate()
    sign_checkpoint()
    settings.AUDIT_KEYS = {**settings.AUDIT_KEYS, "file": ""}
    assert "The newest checkpoint's signature is not accepted here." in visible_text(
        sign_in(world.auditor).get(LOG)
    )


def test_an_order_s_trail_gives_the_bundle_to_who_sees_it(world: World) -> None:
    order = world.place()
    bundle = reverse("admin:audit_bundle", args=[order.pk])
    client = sign_in(world.trader)
    integrate()
    assert client.get(bundle).status_code == 404
    sign_checkpoint()

    trail = client.get(reverse("admin:orders_order_change", args=[order.pk]) + "panel/trail/")

    sequence = TreeEntry.objects.get(leaf__object_id=str(order.pk), leaf__action="OrderPlaced").sequence
    assert {bundle, reverse("admin:audit_proof", args=[sequence])} <= set(addresses(trail))
    answer = client.get(bundle)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    later = world.place()
    refused = client.get(reverse("admin:audit_bundle", args=[later.pk]))
    assert (refused.status_code, "STATE_LEAF_NOT_SIGNED" in refused.content.decode()) == (409, True)
    assert sign_in(world.stranger).get(bundle).status_code == 404
    looker = person("looker", world.desk, (VIEW_ORDERS,))
    assert sign_in(looker).get(bundle).status_code == 403
