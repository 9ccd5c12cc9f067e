"""Settings: read from the environment and the file; what is wrong is said in one line."""

import os
from ipaddress import ip_network
from pathlib import Path

import pytest

from connectors.sdk.records.states import LocationType
from gateway.settings import (
    Configuration,
    ConfigurationError,
    FromEnvironment,
    derive_key,
    load,
    parse,
    read_file,
)
from gateway.settings.reference import page

KEY = "k3y-" * 8
PAGE = Path(__file__).parents[2] / "docs/reference/configuration.md"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)


def test_defaults_run_in_one_process_without_any_variable() -> None:
    """Nothing set: SQLite, no Redis, no file."""
    settings = load()
    assert settings.database_url == "sqlite+aiosqlite:///gateway.sqlite3"
    assert (settings.redis_url, settings.config, settings.secret_key) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u:p@db/shop", "postgresql+asyncpg://u:p@db/shop"),
        ("postgresql://u@db/shop?sslmode=require", "postgresql+asyncpg://u@db/shop?ssl=require"),
        ("postgresql+asyncpg://u@db/shop", "postgresql+asyncpg://u@db/shop"),
        ("sqlite:////var/lib/g.sqlite3", "sqlite+aiosqlite:////var/lib/g.sqlite3"),
    ],
)
def test_a_database_url_gets_its_driver(
    given: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People write a URL without the driver."""
    monkeypatch.setenv("GATEWAY_DATABASE_URL", given)
    assert load().database_url == expected


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists in the environment need no JSON."""
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("GATEWAY_PRIVATE_NETWORKS", "10.0.0.0/8,fd00::/8")
    settings = load()
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.private_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_URL", "mysql://db/shop", "GATEWAY_DATABASE_URL: "),
        ("SECRET_KEY", "too-short-to-be-secret", "GATEWAY_SECRET_KEY: "),
        ("PREVIOUS_SECRET_KEYS", f"{KEY},too-short-to-be-secret", "GATEWAY_PREVIOUS_SECRET_KEYS:"),
        ("PUBLIC_URL", "shop.example", "GATEWAY_PUBLIC_URL: "),
        ("OIDC_ISSUER", "http://login.example", "GATEWAY_OIDC_ISSUER: "),
        ("OIDC_ISSUER", "https://login.example", "GATEWAY_OIDC_AUDIENCE: "),
        ("PRIVATE_NETWORKS", "10.0.0.0/99", "GATEWAY_PRIVATE_NETWORKS: "),
        ("LOG_LEVEL", "loud", "GATEWAY_LOG_LEVEL: "),
    ],
)
def test_a_wrong_variable_is_named_in_one_line_without_its_value(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CLI prints this line; a value may be a secret."""
    monkeypatch.setenv(f"GATEWAY_{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        load()
    text = str(caught.value)
    assert text.startswith(expected)
    assert "\n" not in text
    assert "too-short-to-be-secret" not in text
    assert caught.value.__cause__ is None


def test_an_unknown_field_given_by_code_is_refused() -> None:
    """A misspelled argument does not become a default."""
    with pytest.raises(ConfigurationError, match="GATEWAY_SECRETKEY"):
        load(secretkey=KEY)


def test_settings_print_no_secret() -> None:
    """Whoever logs the settings logs no secret."""
    printed = repr(load(secret_key=KEY, database_url="postgresql://u:hunter2@db/shop"))
    assert KEY not in printed
    assert "hunter2" not in printed


def test_keys_differ_by_purpose_and_the_current_comes_first() -> None:
    """A key for one purpose is no key for another; former keys stay valid."""
    settings = load(secret_key=KEY, previous_secret_keys="0ld-" * 8)
    keys = settings.keys("tokens")
    assert keys == (derive_key(KEY, "tokens"), derive_key("0ld-" * 8, "tokens"))
    assert len({*keys, *settings.keys("links")}) == 4


def test_without_a_secret_key_there_are_no_keys() -> None:
    """Serving without a key is refused, and the line says how to make one."""
    with pytest.raises(ConfigurationError, match="GATEWAY_SECRET_KEY: not set"):
        load().keys("tokens")


FILE = """
[connections.shop-us]
connector = "shopify"
url = "https://shop.example"
settings = {token = {env = "SHOPIFY_TOKEN"}, region = "eu"}
webhook_secrets = [{env = "NEXT_SECRET"}]

[connections.wms]
connector = "depot"
enabled = false

[connections.threepl]
connector = "depot"
fulfills_from = ["DC-EAST"]

[locations.DC-RENO]
name = "Reno"
authority = "wms"
address = {line1 = "1 Desert Way", city = "Reno", province = "NV", country_code = "US"}

[locations.DC-EAST]
name = "East"
type = "THREE_PL"
authority = "wms"

[channels.web]
kind = "WEB"
connection = "shop-us"
fulfill_at = "DC-RENO"
carrier = "post"
"""


def test_a_file_becomes_connections_locations_and_channels() -> None:
    """What is written is what is read."""
    whole = parse(FILE, source="gateway.toml")
    shop = whole.connections["shop-us"]
    assert shop.settings == {"token": FromEnvironment(env="SHOPIFY_TOKEN"), "region": "eu"}
    assert shop.webhook_secrets == (FromEnvironment(env="NEXT_SECRET"),)
    assert whole.connections["wms"].enabled is False
    assert whole.locations["DC-EAST"].type == LocationType.THREE_PL
    address = whole.locations["DC-RENO"].address
    assert address is not None
    assert address.city == "Reno"
    assert whole.channels["web"].fulfill_at == "DC-RENO"


def test_a_location_is_fulfilled_by_who_names_it_else_by_its_authority() -> None:
    """A 3PL may fulfill where an ERP owns the stock."""
    whole = parse(FILE, source="gateway.toml")
    assert whole.fulfiller("DC-EAST") == "threepl"
    assert whole.fulfiller("DC-RENO") == "wms"
    assert whole.fulfiller("NOWHERE") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[connections\n", "gateway.toml: Expected ']' at the end of a table declaration (at line"),
        ("[conections.a]\n", "gateway.toml: conections: no such key; there are: connections, "),
        ("connections = 3\n", "gateway.toml: connections: not a table"),
        ("[connections]\na = 3\n", "gateway.toml: connections.a: not a table"),
        ("[connections.Shop_US]\n", "gateway.toml: connections.Shop_US: not a name: "),
        ("[connections.a]\nurl = 'x'\n", "gateway.toml: connections.a: Object missing required"),
        ("[connections.a]\nconector = 'x'\n", "gateway.toml: connections.a.conector: no such key;"),
        (
            "[connections.a]\nconnector = 'x'\nenabled = 'yes'\n",
            "gateway.toml: connections.a.enabled: Expected `bool`",
        ),
        (
            "[connections.a]\nconnector = 'x'\nsettings = {shop = 'a', token = 7}\n",
            "gateway.toml: connections.a.settings.token: Expected `str | object`",
        ),
        (
            "[connections.a]\nconnector = 'x'\nsettings = {token = {file = 'x'}}\n",
            "gateway.toml: connections.a.settings.token: Object",
        ),
        (
            "[connections.a]\nconnector = 'x'\nwebhook_secrets = ['plain']\n",
            "gateway.toml: connections.a.webhook_secrets[0]: Expected `object`",
        ),
        (
            "[connections.a]\nconnector = 'x'\nfulfills_from = ['DC']\n",
            "gateway.toml: connections.a.fulfills_from: no location 'DC'; there are: none",
        ),
        (
            "[locations.DC]\nname = 'x'\naddress = {street = 'x'}\n",
            "gateway.toml: locations.DC.address.street: no such key; there are: name, company",
        ),
        (
            "[locations.DC]\nname = 'x'\ntype = 'SHED'\n",
            "gateway.toml: locations.DC.type: Invalid enum value 'SHED'",
        ),
        (
            "[channels.web]\nkind = 'WEB'\nfulfill_at = 'DC'\n",
            "gateway.toml: channels.web.fulfill_at: no location 'DC'",
        ),
    ],
)
def test_a_wrong_file_is_said_in_one_line_that_names_the_place(text: str, expected: str) -> None:
    """File, line or key path, and what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        parse(text, source="gateway.toml")
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_a_map_of_skus_says_what_a_system_calls_ours() -> None:
    """One word, or several; which one is the connection's is checked with the connections."""
    text = '[skus.market]\nTEE-M = "B00X"\n"TEE.L" = ["B00Y", "TEE-L-FBA"]\n'
    expected = {"market": {"TEE-M": ("B00X",), "TEE.L": ("B00Y", "TEE-L-FBA")}}
    assert expected == parse(text, source="gateway.toml").skus


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("skus = 3\n", "skus: not a table"),
        ("[skus]\nmarket = 'B00X'\n", "skus.market: not a table"),
        ("[skus.market]\nTEE-M = 7\n", "skus.market.TEE-M: not a SKU, nor a list of SKUs"),
        ("[skus.market]\nTEE.M = 'B'\n", "skus.market.TEE: not a SKU, nor a list of SKUs"),
        ("[skus.market]\nTEE-M = []\n", "skus.market.TEE-M: not a SKU, nor a list of SKUs"),
        ("[skus.market]\nTEE-M = ['B', ' ']\n", "skus.market.TEE-M: not a SKU: ' '"),
        ("[skus.market]\nTEE-M = ['B', 7]\n", "skus.market.TEE-M: not a SKU: 7"),
        ("[skus.market]\n' ' = 'B'\n", "skus.market. : not a SKU: ' '"),
        (
            "[skus.market]\nTEE-M = 'B'\n'tee-m ' = 'C'\n",
            "skus.market.tee-m : 'tee-m ' stands for 'TEE-M' already",
        ),
        (
            "[skus.market]\nTEE-M = ['A', 'B']\nTEE-L = ' b'\n",
            "skus.market.TEE-L: ' b' stands for 'TEE-M' already",
        ),
    ],
)
def test_a_map_that_is_ambiguous_or_none_is_refused(text: str, expected: str) -> None:
    """Each word means one thing, by case and blanks that do not count."""
    with pytest.raises(ConfigurationError) as caught:
        parse(text, source="gateway.toml")
    assert f"gateway.toml: {expected}" == str(caught.value)


def test_two_connections_cannot_fulfill_from_one_location() -> None:
    """Who ships must be clear."""
    text = FILE.replace("enabled = false", 'fulfills_from = ["DC-EAST"]')
    with pytest.raises(ConfigurationError, match=r"connections\.threepl\.fulfills_from: wms"):
        parse(text, source="gateway.toml")


def test_no_file_is_an_empty_configuration() -> None:
    """The embedded gateway starts without one."""
    assert read_file(None) == Configuration()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The operator sees which path was tried."""
    path = tmp_path / "absent.toml"
    with pytest.raises(ConfigurationError, match=f"^{path}: cannot be read: "):
        read_file(path)


def test_the_reference_page_is_what_the_code_says() -> None:
    """Drift: run `python -m gateway.settings.reference > docs/reference/configuration.md`."""
    assert PAGE.read_text() == page()


def test_every_setting_is_described() -> None:
    """No row of the reference page ends empty."""
    assert [line for line in page().splitlines() if line.endswith("|  |")] == []
