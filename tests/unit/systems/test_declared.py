"""Connections as declared: checked against what their connector's manifest asks for."""

import pytest

from connectors.sdk.manifest import Manifest
from gateway.settings import ConfigurationError, parse
from gateway.systems.declared import (
    Connection,
    Manifests,
    check_references,
    from_file,
    require_sound,
)

ENVIRON = {"TOKEN": "s3cret-token", "HOOK": "hook-1", "NEXT": "hook-2", "EMPTY": ""}
SHOP = """
[connections.shop-us]
connector = "shop"
url = "https://shop.example"
settings = {token = {env = "TOKEN"}, webhook_secret = {env = "HOOK"}}
webhook_secrets = [{env = "NEXT"}]
"""


def declared(text: str, manifests: Manifests) -> list[Connection]:
    return from_file(parse(text, source="gateway.toml"), manifests, ENVIRON)


def test_a_connection_gets_its_secrets_from_the_environment(
    manifests: dict[str, Manifest],
) -> None:
    """The file names them, the environment holds them."""
    [shop] = declared(SHOP, manifests)
    assert (shop.id, shop.connector, shop.enabled) == ("shop-us", "shop", True)
    assert shop.settings == {
        "url": "https://shop.example",
        "token": "s3cret-token",
        "webhook_secret": "hook-1",
    }
    assert shop.all_webhook_secrets == ("hook-1", "hook-2")


def test_a_connection_prints_no_secret(manifests: dict[str, Manifest]) -> None:
    """Whoever logs it logs no secret."""
    [shop] = declared(SHOP, manifests)
    assert [secret for secret in ENVIRON.values() if secret and secret in repr(shop)] == []
    assert shop.secrets(manifests["shop"]) == {
        "token": "s3cret-token",
        "webhook_secret": "hook-1",
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"shop"', '"shp"', "connector: no connector 'shp'; there are: depot, post, shop"),
        ('{env = "TOKEN"}', '"plain"', 'settings.token: a secret: give it as {env = "NAME"}'),
        ('"TOKEN"', '"ABSENT"', "settings.token: the environment variable ABSENT is not set"),
        ('"TOKEN"', '"EMPTY"', "settings.token: the environment variable EMPTY is not set"),
        ('"NEXT"', '"ABSENT"', "webhook_secrets: the environment variable ABSENT is not set"),
        ('token = {env = "TOKEN"}, ', "", "settings.token: required: An API token."),
        ("{token", '{tokn = "a", token', "settings.tokn: no such setting of shop; there are: url,"),
        ("{token", '{url = "https://b", token', "url: given twice: here and in settings"),
        ("https://shop.example", "", "settings.url: required: Its address."),
        ("https://shop.example", "shop.example", "settings.url: not an http(s) address"),
        ("https://shop.example", "https://a:b@shop.example", "settings.url: not an http(s) addr"),
        ("https://shop.example", "https://shop.example:x", "settings.url: not an http(s) address"),
        ("https://shop.example", "file:///etc/passwd", "settings.url: not an http(s) address"),
    ],
)
def test_what_does_not_fit_the_manifest_is_said_with_its_key(
    old: str, new: str, expected: str, manifests: dict[str, Manifest]
) -> None:
    """One line: the file, the key, the problem; never the value of a secret."""
    assert SHOP.count(old) == 1
    with pytest.raises(ConfigurationError) as caught:
        declared(SHOP.replace(old, new), manifests)
    assert str(caught.value).startswith(f"gateway.toml: connections.shop-us.{expected}")
    assert "s3cret-token" not in str(caught.value)


def test_what_an_operator_adds_is_checked_the_same(manifests: dict[str, Manifest]) -> None:
    """`gateway connection add` without a file."""
    sound = Connection(
        id="shop-us", connector="shop", settings={"url": "https://shop.example", "token": "t"}
    )
    require_sound(sound, manifests)
    unsound = Connection(id="shop-us", connector="shop", settings={"token": "t"})
    with pytest.raises(ConfigurationError, match=r"^connections\.shop-us\.settings\.url: required"):
        require_sound(unsound, manifests)


PLACES = """
[connections.wms]
connector = "depot"
[connections.threepl]
connector = "depot"
fulfills_from = ["DC"]
[locations.DC]
name = "Reno"
authority = "wms"
[channels.web]
kind = "WEB"
connection = "shop-us"
carrier = "post"
[skus.amazon]
TEE-M = "B00X"
"""
CONNECTORS = {
    "wms": "depot",
    "threepl": "depot",
    "shop-us": "shop",
    "post": "post",
    "amazon": "shop",
}


def test_references_may_name_connections_outside_of_the_file(
    manifests: dict[str, Manifest],
) -> None:
    """The shop and the carrier here were added by an operator."""
    check_references(parse(PLACES, source="gateway.toml"), CONNECTORS, manifests)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"wms": None}, "locations.DC.authority: no connection 'wms'; there are: amazon, post, s"),
        ({"amazon": None}, "skus.amazon: no connection 'amazon'; there are: post, shop-us, "),
        ({"shop-us": None}, "channels.web.connection: no connection 'shop-us'"),
        ({"post": None}, "channels.web.carrier: no connection 'post'"),
        ({"post": "shop"}, "channels.web.carrier: post (shop) does not do buy_label"),
        (
            {"threepl": "post"},
            "connections.threepl.fulfills_from: threepl (post) does not do request_fulfillment",
        ),
    ],
)
def test_a_reference_to_what_is_not_there_or_cannot_do_it_is_refused(
    changed: dict[str, str | None], expected: str, manifests: dict[str, Manifest]
) -> None:
    """At the start, not at the first order."""
    connectors = {id: name for id, name in {**CONNECTORS, **changed}.items() if name}
    with pytest.raises(ConfigurationError) as caught:
        check_references(parse(PLACES, source="gateway.toml"), connectors, manifests)
    assert str(caught.value).startswith(f"gateway.toml: {expected}")
