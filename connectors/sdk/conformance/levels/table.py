"""Which level asks for what, and what a connector has of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from connectors.sdk.conformance.levels import evidence
from connectors.sdk.conformance.subject import Subject, subject

NONE = "none"
LEVELS = ("bronze", "silver", "gold")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """What one level asks for, put to one connector. *lacks*: what is not there; None: it holds."""

    level: str
    name: str
    why: str
    lacks: str | None

    @property
    def holds(self) -> bool:
        return self.lacks is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The levels of one connector. *level* is what its manifest says, `earned` what its folder
    shows."""

    name: str
    level: str
    evidence: str
    exempt: Mapping[str, str]
    rules: tuple[LevelRule, ...]

    @property
    def earned(self) -> str:
        return next((one for one in reversed(LEVELS) if not self.lacking(one)), NONE)

    @property
    def missing(self) -> tuple[LevelRule, ...]:
        """What the level after the one earned lacks; nothing at the highest."""
        return next((found for one in LEVELS if (found := self.lacking(one))), ())

    def lacking(self, level: str) -> tuple[LevelRule, ...]:
        """What is not there of all that *level* rests on."""
        wanted = LEVELS[: LEVELS.index(level) + 1]
        return tuple(rule for rule in self.rules if rule.level in wanted and not rule.holds)


def report(name: str) -> Report:
    """Return the levels of a connector, from its files. Raises: LookupError; ValueError for its
    manifest."""
    return of(subject(name))


def of(subject: Subject) -> Report:
    quality = subject.manifest.quality
    return Report(
        name=subject.name,
        level=quality.level,
        evidence=quality.evidence,
        exempt=quality.exempt,
        rules=tuple(_rules(subject, *LEVELS)),
    )


def earned(subject: Subject) -> tuple[str, tuple[LevelRule, ...]]:
    """Return the level that *subject* has earned, and what the next one lacks; what lies beyond is
    not looked at."""
    reached = NONE
    for level in LEVELS:
        lacking = tuple(rule for rule in _rules(subject, level) if not rule.holds)
        if lacking:
            return reached, lacking
        reached = level
    return reached, ()


def lacking(subject: Subject, level: str) -> tuple[LevelRule, ...]:
    """Return what is not there of all that *level* rests on."""
    wanted = LEVELS[: LEVELS.index(level) + 1]
    return tuple(rule for rule in _rules(subject, *wanted) if not rule.holds)


def _rules(subject: Subject, *levels: str) -> Iterator[LevelRule]:
    for level, name, why, check in _TABLE:
        if level in levels:
            yield LevelRule(level=level, name=name, why=why, lacks=check(subject))


Check = Callable[[Subject], str | None]

_TABLE: tuple[tuple[str, str, str, Check], ...] = (
    (
        "bronze",
        "readme",
        "Operators read it before they connect anything.",
        partial(evidence.no_file, "README.md"),
    ),
    (
        "bronze",
        "kit",
        "What is claimed was tried: the kit is green, with this in it.",
        partial(evidence.no_file, "kit.py"),
    ),
    (
        "bronze",
        "error_table",
        "Who must act next stands in a table, not in branches.",
        evidence.no_table,
    ),
    (
        "bronze",
        "samples",
        "Each kind is shown: what is stated, what comes of it.",
        evidence.no_sample,
    ),
    ("silver", "faults", "It was seen to survive every one of them.", evidence.no_faults),
    (
        "silver",
        "reconciliation",
        "What was missed is found, in bulk and by name.",
        evidence.not_reconcilable,
    ),
    (
        "silver",
        "budget",
        "It keeps to what the system allows, and says who says so.",
        evidence.no_source,
    ),
    (
        "silver",
        "no_doubt",
        "Nothing is lost or doubled: none of those rules is waived.",
        evidence.waived,
    ),
    (
        "gold",
        "bounded_backfill",
        "A backfill of millions takes the memory of a page.",
        evidence.collects,
    ),
    (
        "gold",
        "recording",
        "The system itself answered so, on a day that is known.",
        evidence.no_recording,
    ),
    (
        "gold",
        "limits",
        "How long a backfill takes can be reckoned beforehand.",
        evidence.no_numbers,
    ),
)
"""Level, what it asks for, why, and what says what is not there."""
