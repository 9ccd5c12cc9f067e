"""Rules: a check, and the claims it holds a connector to. Cases: a rule put to one connector.

A rule's name is its check's, and what a manifest exempts from:

    [quality.exempt]
    a_pull_resumes_after_any_page = "why it cannot hold here"       # for all it is put to
    a_lost_reply_leaves_one_effect-void_label = "..."               # for one claim
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from connectors.sdk.conformance.subject import Subject

T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rule, put to one claim of one connector. *says* is what the connector must do."""

    subject: Subject
    claim: str
    about: str
    rule: str
    says: str
    run: Callable[[], Awaitable[None]]

    @property
    def id(self) -> str:
        """``"shopify-pull order-a_pull_resumes_after_any_page"``."""
        return f"{self.subject.name}-{' '.join(filter(None, (self.claim, self.about)))}-{self.rule}"

    @property
    def exemption(self) -> str | None:
        """The manifest's reason why the rule cannot hold here."""
        exempt = self.subject.manifest.quality.exempt
        return next((exempt[name] for name in self.names if name in exempt), None)

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be exempted by, the narrower first."""
        return (f"{self.rule}-{self.about}", self.rule) if self.about else (self.rule,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """*cases* puts the rule to a connector, once for each claim of its that it is about."""

    name: str
    says: str
    cases: Callable[[Subject], Iterator[Case]]


def once(
    claim: str,
    applies: Callable[[Subject], bool],
    *checks: Callable[[Subject], Awaitable[None]],
) -> Iterator[Rule]:
    """Make rules of *checks* for every connector that *applies* is true of."""
    for check in checks:
        name, says = _named(check)

        def cases(
            subject: Subject,
            check: Callable[[Subject], Awaitable[None]] = check,
            name: str = name,
            says: str = says,
        ) -> Iterator[Case]:
            if applies(subject):
                run = partial(check, subject)
                yield Case(subject=subject, claim=claim, about="", rule=name, says=says, run=run)

        yield Rule(name=name, says=says, cases=cases)


def each(
    claim: str,
    claims: Callable[[Subject], Iterable[T]],
    *checks: Callable[[Subject, T], Awaitable[None]],
) -> Iterator[Rule]:
    """Make rules of *checks* for each of a connector's *claims*: a kind, a command, a setting."""
    for check in checks:
        name, says = _named(check)

        def cases(
            subject: Subject,
            check: Callable[[Subject, T], Awaitable[None]] = check,
            name: str = name,
            says: str = says,
        ) -> Iterator[Case]:
            for one in claims(subject):
                run = partial(check, subject, one)
                yield Case(
                    subject=subject, claim=claim, about=str(one), rule=name, says=says, run=run
                )

        yield Rule(name=name, says=says, cases=cases)


def _named(check: Callable[..., object]) -> tuple[str, str]:
    """The rule's name, and what it says: its docstring's first line."""
    name = getattr(check, "__name__", "")
    says = (check.__doc__ or "").strip().partition("\n")[0]
    return name.removeprefix("check_"), says


async def judge(case: Case) -> str | None:
    """Run *case*: None when it holds, the manifest's reason when it is exempt and does not.

    Raises: AssertionError when it does not hold, and when it holds in spite of an exemption.
    """
    if not __debug__:
        raise RuntimeError("the kit is made of assertions: run it without -O")
    try:
        await case.run()
    except AssertionError:
        if case.exemption is None:
            raise
        return case.exemption
    if case.exemption is not None:
        raise AssertionError(
            f"quality.exempt must not name {case.rule}: it holds, and an exemption that is not "
            "needed hides the day it breaks"
        )
    return None
