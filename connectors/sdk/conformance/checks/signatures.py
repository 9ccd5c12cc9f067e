"""Signatures: what is forged, stale or signed with nothing is refused, whatever it looks like."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.conformance.hearing import TRIES, Hearing, flipped, hearing
from connectors.sdk.conformance.stage import HOOK, Clock, nowhere
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.errors import SignatureInvalid

_SECOND = timedelta(seconds=1)
_ODD = ("", "=", "v1,", "sha256=", "\xff\xfe", "0" * 100_000, "\x00", "%", "v1,a v1,b")

Forge = Callable[[RawDelivery, str, Random], RawDelivery]
"""Make a forgery of a genuine delivery, whose signature stands in a header."""


async def check_a_forged_delivery_is_refused(subject: Subject) -> None:
    """verify must raise SignatureInvalid for every forgery: 200 of them, of every sort."""
    luck = Random(1)  # noqa: S311 (the same forgeries every time)
    async with hearing(subject) as heard:
        signed = [(one, heard.signed_by(one)) for one in heard.deliveries]
        assert all(names for _, names in signed), (
            "verify must refuse a delivery without its signature"
        )
        for _ in range(TRIES):
            delivery, names = luck.choice(signed)
            sort, forge = luck.choice(_FORGERIES if _is_signed(subject) else _FORGED_HEADERS)
            forged = forge(delivery, luck.choice(names), luck)
            assert forged == delivery or not heard.is_genuine(forged), (
                f"verify must raise SignatureInvalid for {sort}: {_told(forged)}"
            )


def _told(delivery: RawDelivery) -> str:
    headers = {name: value[:100] for name, value in delivery.headers.items()}
    return f"{headers}, body {delivery.body[:100]!r}"


def _is_signed(subject: Subject) -> bool:
    hooks = subject.manifest.webhooks
    return hooks is not None and hooks.signed


def _with(delivery: RawDelivery, name: str, value: str) -> RawDelivery:
    return replace(delivery, headers={**delivery.headers, name: value})


def _flip_header(delivery: RawDelivery, name: str, luck: Random) -> RawDelivery:
    return _with(delivery, name, flipped(delivery.headers[name], luck))


def _cut_header(delivery: RawDelivery, name: str, luck: Random) -> RawDelivery:
    value = delivery.headers[name].rstrip("=")  # some systems leave base64's padding out
    return _with(delivery, name, value[: luck.randrange(len(value))])


def _odd_header(delivery: RawDelivery, name: str, luck: Random) -> RawDelivery:
    return _with(delivery, name, luck.choice(_ODD))


def _flip_body(delivery: RawDelivery, name: str, luck: Random) -> RawDelivery:
    place = luck.randrange(len(delivery.body))
    byte = bytes([delivery.body[place] ^ (1 << luck.randrange(8))])
    return replace(delivery, body=delivery.body[:place] + byte + delivery.body[place + 1 :])


def _cut_body(delivery: RawDelivery, name: str, luck: Random) -> RawDelivery:
    return replace(delivery, body=delivery.body[: luck.randrange(len(delivery.body))])


def _longer_body(delivery: RawDelivery, name: str, luck: Random) -> RawDelivery:
    return replace(delivery, body=delivery.body + luck.choice((b" ", b"\n", b"{}", b"\x00")))


_FORGED_HEADERS: list[tuple[str, Forge]] = [
    ("a signature of which one letter is another", _flip_header),
    ("a signature cut short", _cut_header),
    ("a signature that is none", _odd_header),
]
_FORGERIES: list[tuple[str, Forge]] = [
    *_FORGED_HEADERS,
    ("a body of which one bit is another", _flip_body),
    ("a body cut short", _cut_body),
    ("a body with more behind it", _longer_body),
]


async def check_without_a_secret_nothing_is_genuine(subject: Subject) -> None:
    """verify must raise SignatureInvalid when there is no secret, or none but empty ones."""
    plain = RawDelivery(url=HOOK, headers={}, body=b"{}")
    async with nowhere(subject) as (client, _):
        for secrets in ([], [""], ["", ""], ["any secret of the right length"]):
            try:
                client.verify(plain, secrets, Clock().now)
            except SignatureInvalid:
                continue
            raise AssertionError(
                f"verify must refuse what nobody signed, under {len(secrets)} secrets"
            )


async def check_either_of_two_secrets_will_do(subject: Subject) -> None:
    """verify must take what is signed with either of two secrets, and with neither refuse it."""
    async with hearing(subject) as heard:
        delivery, other = heard.deliveries[0], _other(heard.secret)
        wanted = heard.verify(delivery)
        for secrets in ([heard.secret, other], [other, heard.secret]):
            try:
                found = heard.client.verify(delivery, secrets, heard.now)
            except SignatureInvalid:
                raise AssertionError(
                    "verify must try every secret: two are valid in rotation"
                ) from None
            assert found == wanted, "verify must name a delivery the same under any secret"
        try:
            heard.client.verify(delivery, [other], heard.now)
        except SignatureInvalid:
            return
        raise AssertionError("verify must refuse what is signed with another secret")


def _other(secret: str) -> str:
    """A secret of the same form: its last four letters in another order, or other ones."""
    return secret[:-4] + ("AAAA" if secret[-4:] != "AAAA" else "BBBB")


async def check_a_stale_delivery_is_refused(subject: Subject) -> None:
    """verify must take what is within tolerance_s of now, and refuse what is beyond, either way."""
    hooks = subject.manifest.webhooks
    tolerance = timedelta(seconds=(hooks.tolerance_s or 0) if hooks else 0)
    async with hearing(subject) as heard:
        delivery = heard.deliveries[0]
        for away in (tolerance - 2 * _SECOND, 2 * _SECOND - tolerance):
            assert _is_taken(heard, delivery, heard.now + away), (
                f"verify must take a delivery {away.total_seconds():.0f} s away from now"
            )
        for away in (tolerance + 2 * _SECOND, -tolerance - 2 * _SECOND):
            assert not _is_taken(heard, delivery, heard.now + away), (
                f"verify must refuse a delivery {away.total_seconds():.0f} s away from now"
            )


def _is_taken(heard: Hearing, delivery: RawDelivery, now: datetime) -> bool:
    try:
        heard.verify(delivery, now)
    except SignatureInvalid:
        return False
    return True
