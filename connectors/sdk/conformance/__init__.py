"""The conformance kit: what a connector claims is tested, what it does not claim must be refused.

    for case in conformance.cases(conformance.subject("shopify")):
        reason = await conformance.judge(case)    # AssertionError: what the connector must do

It runs offline. A connector with a simulator is served it over HTTP and put through every claim;
one without is held to what can be told without its system. What the kit cannot know of a system,
its author says in ``kit.py`` (see `connectors.sdk.conformance.kit`).
"""

from connectors.sdk.conformance.checks import RULES, cases
from connectors.sdk.conformance.rules import Case, judge
from connectors.sdk.conformance.subject import Subject, subject

__all__ = ["RULES", "Case", "Subject", "cases", "judge", "subject"]
