"""The audit log's pages: found by filters, shown whole, and verified by a button."""

from django.db import connection
from django.urls import reverse

from compliance.models import Leaf, TreeEntry
from compliance.services.integrate import Integrator
from orders.kernel.context import correlated
from orders.kernel.ids import new_id
from tests.sign_in import addresses, in_role, sign_in, visible_text
from tests.world import World

LOG = reverse("admin:compliance_leaf_changelist")
VERIFY = reverse("admin:compliance_leaf_verify")


def _shown(page) -> list[tuple[str, str]]:
    return [(row.action, row.object_id) for row in page.context["cl"].result_list]


def test_entries_are_found_by_object_action_actor_and_correlation(world: World) -> None:
    with correlated("morning-1"):
        order = world.place()
    world.place()
    client = sign_in(world.auditor)
    placed = ("OrderPlaced", str(order.pk))

    assert placed in _shown(client.get(LOG, {"object_id": str(order.pk)}))
    assert placed in _shown(client.get(LOG, {"correlation_id": "morning-1"}))
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
    Integrator().run_batch()
    client = sign_in(committed_world.auditor)

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
    by_hand = ("update", str(order.pk))
    assert _shown(client.get(LOG, {"kind": "row", "object_id": str(order.pk)}))[0] == by_hand
    leaf = Leaf.objects.filter(kind="row", object_id=str(order.pk)).latest("id")
    page = client.get(reverse("admin:compliance_leaf_change", args=[leaf.pk]))

    text = visible_text(page)
    assert f"limit_price {order.limit_price:.8f} {order.limit_price + 1:.8f}" in text
    assert "Database role qtweb_app" in text
    assert reverse("admin:orders_order_change", args=[order.pk]) in addresses(page)


def test_an_orders_trail_shows_what_happened_to_its_row(world: World) -> None:
    order = world.place()
    client = sign_in(world.auditor)

    text = visible_text(client.get(reverse("admin:orders_order_change", args=[order.pk]) + "panel/trail/"))

    assert "What happened to the order's row" in text
    assert f"client_order_id - {order.client_order_id}" in text
