"""One person, however many systems know them: joined by proof, and by proof only."""

from typing import Any

from tests import records
from tests.gateways import AGENT, GatewayUnderTest
from tests.toys import Toy

WHO = """{ customers { nodes { id email isGuest identities { connection evidence verified }
  orders { nodes { number } } suggestions { id email } } } }"""


async def who(gateway: GatewayUnderTest) -> list[Any]:
    """Everybody, as an agent sees them."""
    answer = await gateway.query(WHO, as_=AGENT)
    assert "errors" not in answer, answer["errors"]
    return list(answer["data"]["customers"]["nodes"])


async def test_a_proved_email_makes_accounts_of_two_systems_one_customer(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """Both systems verified the address: their orders are one list."""
    shop.hold(records.customer("c1"), records.order("s1", 1))
    till.hold(records.customer("77", email="ADA@example.com"))
    till.hold(records.order("t1", 2, customer_id="77"))
    await gateway.backfill("shop")
    await gateway.backfill("till")
    people = await who(gateway)
    assert 1 == len(people)
    assert ["#t1", "#s1"] == [one["number"] for one in people[0]["orders"]["nodes"]]
    assert ["SAME_ACCOUNT", "VERIFIED_EMAIL"] == [
        one["evidence"] for one in people[0]["identities"]
    ]


async def test_a_guest_order_joins_the_account_that_proved_the_address(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """Whether the order or the account comes first."""
    shop.hold(records.order("g1", 1, customer_id=None))
    await gateway.backfill("shop")
    assert [True] == [one["isGuest"] for one in await who(gateway)]
    till.hold(records.customer("77"))
    await gateway.backfill("till")
    shop.hold(records.order("g2", 2, customer_id=None))
    await gateway.backfill("shop")
    people = await who(gateway)
    assert 1 == len(people)
    assert not people[0]["isGuest"]
    assert ["#g2", "#g1"] == [one["number"] for one in people[0]["orders"]["nodes"]]


async def test_an_unproved_address_joins_nothing_and_is_suggested_to_staff(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """The same e-mail without proof: two customers, each suggested for the other."""
    shop.hold(records.customer("c1", email_verified=False))
    till.hold(records.customer("77", email_verified=False))
    await gateway.backfill("shop")
    await gateway.backfill("till")
    people = await who(gateway)
    assert 2 == len(people)
    ids = {one["id"] for one in people}
    assert ids == {other["id"] for one in people for other in one["suggestions"]}


async def test_one_proof_does_not_take_in_an_unproved_account(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """Whoever registers somebody's address elsewhere does not get their orders."""
    shop.hold(records.customer("c1"), records.order("s1"))
    till.hold(records.customer("evil", email_verified=False))
    await gateway.backfill("shop")
    await gateway.backfill("till")
    orders = {len(one["identities"]): len(one["orders"]["nodes"]) for one in await who(gateway)}
    assert 2 == len(await who(gateway))
    assert {1} == set(orders)


async def test_a_merged_customers_id_leads_to_the_one_that_stays(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """A link somebody kept goes on working."""
    till.hold(records.customer("77", email="late@example.com", email_verified=False))
    shop.hold(records.customer("c1", email="late@example.com"))
    await gateway.backfill("shop")
    await gateway.backfill("till")
    before = [one["id"] for one in await who(gateway)]
    proved = records.customer("77", email="late@example.com")
    till.hold(records.later(proved))
    await gateway.backfill("till")
    after = await who(gateway)
    assert 1 == len(after)
    document = "query($id: ID!) { node(id: $id) { id } }"
    for id in before:
        assert after[0]["id"] == (await gateway.data(document, {"id": id}))["node"]["id"]
