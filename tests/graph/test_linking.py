"""Who is who, when staff know it better than proof does: joined, taken apart, and back again."""

from typing import Any

import pytest

from gateway import ids
from tests import records
from tests.gateways import AGENT, GatewayUnderTest
from tests.graph.test_customers import who
from tests.toys import Toy

LINK = """mutation($input: CustomerLinkInput!) { answer: customerLink(input: $input) {
  customer { id version identities { evidence } orders { nodes { number } } }
  userErrors { code path } } }"""
UNLINK = """mutation($input: CustomerUnlinkInput!) { answer: customerUnlink(input: $input) {
  customer { id orders { nodes { number } } }
  separated { id orders { nodes { number } } } userErrors { code path } } }"""
PEOPLE = """{ customers { nodes { id version identities { id connection }
  orders { nodes { number } }
  suggestions { id } } } events { nodes { type } } }"""


async def ask(gateway: GatewayUnderTest, document: str, **given: Any) -> Any:
    variables = {"input": {"idempotencyKey": "k", **given}}
    answer = await gateway.query(document, variables, as_=AGENT)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["answer"]


async def people(gateway: GatewayUnderTest) -> Any:
    """Everybody, and all that happened."""
    await gateway.settle()
    return await gateway.data(PEOPLE)


async def two(gateway: GatewayUnderTest, shop: Toy, till: Toy) -> tuple[str, str]:
    """Two customers of one unproved address, with an order each; the shop's and the till's id."""
    shop.hold(records.customer("c1", email_verified=False), records.order("s1", 1))
    till.hold(records.customer("77", email_verified=False))
    till.hold(records.order("t1", 2, customer_id="77"))
    await gateway.backfill("shop")
    await gateway.backfill("till")
    found = {
        one["identities"][0]["connection"]: one["id"]
        for one in (await people(gateway))["customers"]["nodes"]
    }
    return found["shop"], found["till"]


def numbers(customer: Any) -> list[str]:
    return [one["number"] for one in customer["orders"]["nodes"]]


async def test_staff_join_two_and_take_them_apart_and_the_orders_go_along(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """One list while they are one; each their own again afterwards, under the ids they had."""
    ada, other = await two(gateway, shop, till)
    joined = await ask(gateway, LINK, customerId=ada, otherId=other)
    assert [] == joined["userErrors"]
    assert (ada, ["#t1", "#s1"]) == (joined["customer"]["id"], numbers(joined["customer"]))
    assert ["SAME_ACCOUNT", "MANUAL"] == [
        one["evidence"] for one in joined["customer"]["identities"]
    ]
    [one] = (await people(gateway))["customers"]["nodes"]
    identity = next(each["id"] for each in one["identities"] if each["connection"] == "till")
    apart = await ask(gateway, UNLINK, customerId=ada, identityId=identity)
    assert [] == apart["userErrors"]
    assert (ada, ["#s1"]) == (apart["customer"]["id"], numbers(apart["customer"]))
    assert (other, ["#t1"]) == (apart["separated"]["id"], numbers(apart["separated"]))
    assert apart == await ask(gateway, UNLINK, customerId=ada, identityId=identity)
    types = [event["type"] for event in (await people(gateway))["events"]["nodes"]]
    assert ["customer.merged", "customer.linked", "customer.unlinked", "customer.unlinked"] == [
        type for type in types if type.startswith("customer.") and not type.endswith("created")
    ]


async def test_the_very_identity_that_gave_the_customer_its_id_can_be_taken_out(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """The customer keeps its id, whoever is left; the one who goes gets another."""
    ada, other = await two(gateway, shop, till)
    await ask(gateway, LINK, customerId=ada, otherId=other)
    [one] = (await people(gateway))["customers"]["nodes"]
    identity = next(each["id"] for each in one["identities"] if each["connection"] == "shop")
    apart = await ask(gateway, UNLINK, customerId=ada, identityId=identity)
    assert (ada, ["#t1"]) == (apart["customer"]["id"], numbers(apart["customer"]))
    assert ["#s1"] == numbers(apart["separated"])
    assert apart["separated"]["id"] not in (ada, other)
    document = "query($id: ID!) { customer(id: $id) { id } }"
    led = await gateway.data(document, {"id": other})
    assert {"customer": {"id": ada}} == led  # whoever kept that link finds who has the till's card


async def test_proof_does_not_join_again_whom_staff_took_apart(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """Both prove the address later: they stay two, and are not suggested either."""
    shop.hold(records.customer("c1"), records.order("s1", 1))
    till.hold(records.customer("77"), records.order("t1", 2, customer_id="77"))
    await gateway.backfill("shop")
    await gateway.backfill("till")
    [one] = (await people(gateway))["customers"]["nodes"]
    identity = next(each["id"] for each in one["identities"] if each["connection"] == "till")
    await ask(gateway, UNLINK, customerId=one["id"], identityId=identity)
    till.hold(records.later(records.customer("77", first_name="Adah")))
    await gateway.backfill("till")
    assert 2 == len(await who(gateway))
    assert [[], []] == [one["suggestions"] for one in (await people(gateway))["customers"]["nodes"]]
    again = await ask(
        gateway,
        LINK,
        idempotencyKey="again",
        customerId=one["id"],
        otherId=next(each["id"] for each in await who(gateway) if each["id"] != one["id"]),
    )
    assert ["#t1", "#s1"] == numbers(again["customer"])


async def test_a_preview_shows_it_and_changes_nothing(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """dryRun: the customer as they would be, and neither an event nor a used-up key."""
    ada, other = await two(gateway, shop, till)
    before = await people(gateway)
    shown = await ask(gateway, LINK, customerId=ada, otherId=other, dryRun=True)
    assert (ada, ["#t1", "#s1"]) == (shown["customer"]["id"], numbers(shown["customer"]))
    assert before == await people(gateway)
    await ask(gateway, LINK, customerId=ada, otherId=other)
    joined = await people(gateway)
    identity = joined["customers"]["nodes"][0]["identities"][1]["id"]
    taken = await ask(gateway, UNLINK, customerId=ada, identityId=identity, dryRun=True)
    assert (["#s1"], ["#t1"]) == (numbers(taken["customer"]), numbers(taken["separated"]))
    assert joined == await people(gateway)


@pytest.mark.parametrize(
    ("document", "wrong", "expected"),
    [
        (LINK, {"otherId": ids.derive(ids.CUSTOMER, "nobody")}, ("NOT_FOUND", ["otherId"])),
        (LINK, {"otherId": "order_x"}, ("INVALID_INPUT", ["id"])),
        (LINK, {"otherId": "ada"}, ("ILLEGAL_TRANSITION", ["otherId"])),
        (LINK, {"expectedVersion": 9}, ("VERSION_CONFLICT", ["expectedVersion"])),
        (LINK, {"expectedVersion": 9, "dryRun": True}, ("VERSION_CONFLICT", ["expectedVersion"])),
        (UNLINK, {}, ("ILLEGAL_TRANSITION", ["identityId"])),
        (UNLINK, {"dryRun": True}, ("ILLEGAL_TRANSITION", ["identityId"])),
        (
            UNLINK,
            {"identityId": ids.derive(ids.IDENTITY, "nobody")},
            ("NOT_FOUND", ["identityId"]),
        ),
        (UNLINK, {"expectedVersion": 9}, ("VERSION_CONFLICT", ["expectedVersion"])),
    ],
)
async def test_what_makes_no_sense_is_refused(
    gateway: GatewayUnderTest,
    shop: Toy,
    till: Toy,
    document: str,
    wrong: dict[str, Any],
    expected: tuple[str, list[str]],
) -> None:
    """Nobody there, the same person twice, somebody's only identity, an older version."""
    ada, other = await two(gateway, shop, till)
    before = await people(gateway)
    mine = next(one for one in before["customers"]["nodes"] if one["id"] == ada)
    sound = {"otherId": other} if document is LINK else {"identityId": mine["identities"][0]["id"]}
    given = {**sound, **{name: ada if one == "ada" else one for name, one in wrong.items()}}
    refused = await ask(gateway, document, customerId=ada, **given)
    [error] = refused["userErrors"]
    assert expected == (error["code"], error["path"])
    assert before == await people(gateway)
