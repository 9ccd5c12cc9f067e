"""The kit itself: a sound connector passes, and each rule catches the flaw it is there for."""

from dataclasses import replace
from pathlib import Path

import msgspec.structs
import pytest

from connectors.sdk import conformance
from connectors.sdk.conformance import RULES, Case, Subject
from tests.conformance.broken.at_facts import AT_FACTS
from tests.conformance.broken.at_rest import AT_REST
from tests.conformance.broken.at_work import AT_WORK
from tests.conformance.broken.clients import CancelsAnyway
from tests.conformance.broken.flaw import Flaw
from tests.conformance.broken.toy.client import ToyConnector
from tests.conformance.broken.toy.subject import toy

FLAWS = (*AT_REST, *AT_FACTS, *AT_WORK)
DOUBLES = "a_command_done_again_doubles_nothing"


def case_of(subject: Subject, rule: str, about: str = "") -> Case:
    """The one case of *rule* that is about *about*."""
    [found] = [
        case for case in conformance.cases(subject) if (case.rule, case.about) == (rule, about)
    ]
    return found


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id) for case in conformance.cases(toy())]
)
async def test_a_sound_connector_passes(case: Case) -> None:
    """The toy keeps every rule."""
    assert await conformance.judge(case) is None


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: f"{flaw.rule}-{flaw.says}")
async def test_a_flaw_is_caught_with_the_sentence_that_says_it(flaw: Flaw, tmp_path: Path) -> None:
    """What the kit says of a broken connector tells its author what to do."""
    case = case_of(flaw.subject(tmp_path / "toy"), flaw.rule, flaw.about)
    with pytest.raises(AssertionError) as refused:
        await conformance.judge(case)
    assert flaw.says in str(refused.value)


def test_every_rule_has_a_flaw() -> None:
    """A rule that nothing breaks would say nothing."""
    assert {flaw.rule for flaw in FLAWS} == {rule.name for rule in RULES}


def test_every_rule_says_what_a_connector_must_do() -> None:
    """The first line of a check is a sentence, for whoever reads a list of them."""
    bare = [rule.name for rule in RULES if not rule.says.endswith(".")]
    assert bare == []


def exempting(doubling: bool, *names: str) -> Subject:
    """The toy, doubling its cancellations or not, exempt from these rules."""
    sound = toy()
    quality = msgspec.structs.replace(
        sound.manifest.quality, exempt=dict.fromkeys(names, "it cannot be told")
    )
    return replace(
        sound,
        manifest=msgspec.structs.replace(sound.manifest, quality=quality),
        connector=lambda: ToyConnector(CancelsAnyway) if doubling else ToyConnector(),
    )


@pytest.mark.parametrize("name", [DOUBLES, f"{DOUBLES}-cancel_order"])
async def test_an_exemption_gives_its_reason(name: str) -> None:
    """A rule that does not hold is exempt from, for all claims or for one."""
    case = case_of(exempting(True, name), DOUBLES, "cancel_order")
    assert await conformance.judge(case) == "it cannot be told"


async def test_an_exemption_of_one_claim_is_none_of_another() -> None:
    """Only the claim that is named is exempt."""
    case = case_of(exempting(True, f"{DOUBLES}-set_inventory"), DOUBLES, "cancel_order")
    with pytest.raises(AssertionError, match="must double nothing"):
        await conformance.judge(case)


async def test_an_exemption_that_is_not_needed_fails() -> None:
    """It would hide the day on which the rule breaks."""
    case = case_of(exempting(False, DOUBLES), DOUBLES, "cancel_order")
    with pytest.raises(AssertionError, match="an exemption that is not needed"):
        await conformance.judge(case)


def test_what_is_not_claimed_is_put_to_what_must_refuse_it() -> None:
    """A newcomer sees by the names what is claimed, and what is not."""
    names = {case.id for case in conformance.cases(toy())}
    assert "toy-pull order-a_pull_resumes_after_any_page" in names
    assert "toy-no pull customer-an_unclaimed_pull_sends_nothing" in names
    assert "toy-command create_refund-a_command_done_again_doubles_nothing" not in names
