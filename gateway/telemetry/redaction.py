"""Redaction: what leaves as a log line holds no secret and no person's data.

Two nets. A *key* that looks secret or personal hides its value whatever it is; every *text* is
searched for what looks like a credential, an e-mail address, a phone number or a card number, and
for the exact secrets that `conceal` was told. Objects are named by their type, never printed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Final
from uuid import UUID

REDACTED: Final = "[redacted]"
LONGEST_TEXT = 16_000
"""Characters of one text: a whole traceback fits, a whole payload does not."""
DEEPEST = 6
"""Levels of nesting that are looked into; what lies deeper is left out."""
SHORTEST_SECRET = 6
"""Characters: to hide a shorter one wherever it occurs would hide ordinary words."""

_SECRET_WORDS = """apikey authorization auth bearer cookie cookies credential credentials jwt
    passphrase passwd password passwords secret secrets signature token tokens""".split()
_PERSONAL_WORDS = """address addresses birthdate birthday card city cvc cvv email emails firstname
    fullname iban ip lastname line1 line2 login mail mobile pan phone phones postal postcode street
    surname username zip zipcode""".split()
_HIDDEN_WORDS = frozenset(_SECRET_WORDS + _PERSONAL_WORDS)
_HIDDEN_ENDINGS = tuple(
    """api_key private_key access_key secret_key first_name last_name full_name given_name
    family_name middle_name customer_name shopper_name recipient_name contact_name""".split()
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d?|\d+")


def is_hidden(key: str) -> bool:
    """Say whether a key's value is never written: ``X-Api-Key``, ``customerEmail``, ``name``."""
    words = [word.lower() for word in _WORD.findall(key)]
    if words == ["name"] or not _HIDDEN_WORDS.isdisjoint(words):
        return True
    return "_".join(words).endswith(_HIDDEN_ENDINGS)


class _Concealed:
    """The exact secrets of this process, as one pattern that finds any of them."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secrets: Iterable[str]) -> None:
        self._secrets.update(one for one in secrets if len(one) >= SHORTEST_SECRET)
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._pattern = (
            re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        )

    def out_of(self, text: str) -> str:
        return self._pattern.sub(REDACTED, text) if self._pattern else text


_concealed = _Concealed()


def conceal(secrets: Iterable[str]) -> None:
    """Hide each of *secrets* wherever it occurs in this process's logs from now on."""
    _concealed.add(secrets)


SHORTEST_CARD = 14
"""Digits of the shortest card number."""


def _if_card(found: re.Match[str]) -> str:
    """Hide digits with a card's length, a card network's first digits and a right check digit."""
    digits = re.sub(r"\D", "", found[0])
    return "[card]" if _CARD.fullmatch(digits) and _luhn(digits) else found[0]


# Source: ISO/IEC 7812-1 (check digit) and the networks' published number ranges.
_CARD = re.compile(
    r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}|35\d{14}|62\d{14,17}"
)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(int(digit) for digit in digits[-1::-2])
    return (total + sum(value - 9 if value > 9 else value for value in doubled)) % 10 == 0


_DIGITS = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")


def hide_cards(text: str) -> str:
    """Return *text* with ``[card]`` in the place of what looks like a card number, and itself when
    it has none."""
    if len(text) < SHORTEST_CARD or not _DIGITS.search(text):
        return text
    return _DIGITS.sub(_if_card, text)


_NAMED = (
    r"((?:token|secret|passw(?:or)?d|api[_-]?key|authorization|signature)[\w-]{0,64}"
    r"[\"']?\s?"
)
"""What names a secret, up to the sign after it; the group is closed by each pattern."""
_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # SQLAlchemy prints the values that a failed statement was given.
    (re.compile(r"\[parameters: [^\n]*"), "[parameters hidden]"),
    (re.compile(r"(?<=://)[^\s/@:]{0,256}:[^\s/@]{0,512}(?=@)"), REDACTED),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*"), REDACTED),
    (re.compile(r"\bgw_[a-z0-9]{4,}_[\w-]{8,}"), REDACTED),
    (re.compile(_NAMED + r"=\s?[\"']?)[^\s\"'&,;)}\]\[]{3,}", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(_NAMED + r":\s?[\"'])[^\"'\[]{3,}", re.IGNORECASE), rf"\1{REDACTED}"),
    # Without quotes: only what no word looks like, or "token: missing" could not be said.
    (
        re.compile(_NAMED + r":\s?)(?=[^\s\[]{16}|[^\s\[]*\d)[^\s\[]{6,}", re.IGNORECASE),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"[\w.+'-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"), "[email]"),
    (_DIGITS, _if_card),
    (re.compile(r"(?<!\w)\+\d[\d ().-]{6,17}\d"), "[phone]"),
)
_LEAST_CARD = 10**13
_SUSPECT = re.compile(r"[@=:+]|%40|\d[ -]?\d[ -]?\d|eyJ|gw_|bearer|basic", re.IGNORECASE)
"""What a text must have for any pattern to find something: most texts have none of it."""


def mask(text: str) -> str:
    """Return *text* without what looks like a secret or a person's data, and not overlong."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}... ({len(text)} characters)"
    text = text.encode("utf-8", "backslashreplace").decode()
    text = _concealed.out_of(text)
    if not _SUSPECT.search(text):
        return text
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def redact(value: object, depth: int = 0) -> object:
    """Return *value* as it may be written: plain data, masked; anything else by its type's name."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if abs(value) < _LEAST_CARD else _card_or(value)
        case str():
            return mask(value)
        case Enum():
            return redact(value.value, depth)
        case bytes() | Decimal() | date() | time() | timedelta() | UUID() | PurePath():
            return mask(str(value))
        case BaseException():
            return mask(f"{type(value).__name__}: {value}")
        case Mapping() if depth < DEEPEST:
            return {mask(str(key)): _at(str(key), one, depth) for key, one in value.items()}
        case list() | tuple() | set() | frozenset() if depth < DEEPEST:
            return [redact(one, depth + 1) for one in value]
    return f"<{type(value).__name__}>"


def _at(key: str, value: object, depth: int) -> object:
    return REDACTED if is_hidden(key) else redact(value, depth + 1)


def _card_or(value: int) -> object:
    text = mask(str(value))
    return value if text == str(value) else text
