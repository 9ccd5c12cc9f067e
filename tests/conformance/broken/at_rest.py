"""Flaws of manifest, settings, samples and the account, rule by rule."""

from tests.conformance.broken.clients import (
    Chatty,
    ChecksNothing,
    Credulous,
    Demanding,
    Inquisitive,
    Nameless,
    PrintsItsToken,
    TakesAnythingForTheShop,
    TakesSilenceForAbsence,
    TellsItsToken,
    Unnamed,
)
from tests.conformance.broken.flaw import Flaw

MANIFEST = "manifest.toml"

AT_REST = (
    Flaw(
        rule="the_manifest_makes_sense",
        says="level is one of",
        edit=(MANIFEST, '"silver"', '"platinum"'),
    ),
    Flaw(
        rule="the_manifest_makes_sense",
        says="neither pulled nor fetched",
        edit=(MANIFEST, "[reads.location]\npull = true\nfetch = true", "[reads.location]"),
    ),
    Flaw(
        rule="the_manifest_makes_sense",
        says="reads.location: needs names an optional setting, and token is none",
        edit=(MANIFEST, "[reads.location]\n", '[reads.location]\nneeds = "token"\n'),
    ),
    Flaw(
        rule="what_is_claimed_is_there_and_nothing_else",
        says="must claim what the client has: look_up",
        edit=(MANIFEST, '"askable"', '"idempotent"'),
    ),
    Flaw(
        rule="the_readme_tells_operators",
        says="must have a section on limits",
        edit=("README.md", "## Limits", "## Rates"),
    ),
    Flaw(
        rule="the_readme_tells_operators",
        says="must name all that is read: location",
        edit=(
            "README.md",
            "Each order, each location and each tracker.",
            "Each order and tracker.",
        ),
    ),
    Flaw(
        rule="exemptions_name_rules",
        says="must name rules put to it: an_old_rule",
        edit=(
            MANIFEST,
            'evidence = "contract"',
            'evidence = "contract"\nexempt = {an_old_rule = "r"}',
        ),
    ),
    Flaw(
        rule="the_level_is_earned",
        says="gold lacks a recording from the vendor's sandbox",
        edit=(MANIFEST, '"silver"', '"gold"'),
    ),
    Flaw(
        rule="the_level_is_earned",
        says="silver lacks a comment at [limits] that says where its numbers come from (silver)",
        edit=(MANIFEST, "# Source: toy.example/docs/limits.\n", ""),
    ),
    Flaw(
        rule="the_level_is_earned",
        says="silver lacks errors.py (bronze)",
        edit=("errors.py", "", None),
    ),
    Flaw(
        rule="a_missing_setting_is_named",
        about="token",
        says="must name token when it is missing",
        connector=Unnamed,
    ),
    Flaw(
        rule="settings_read_are_those_declared",
        says="must be declared to be read: colour",
        connector=Inquisitive,
    ),
    Flaw(
        rule="settings_read_are_those_declared",
        says="must be read to be declared: shade",
        edit=(
            MANIFEST,
            "[settings.token]",
            '[settings.shade]\ndescription = "s"\n\n[settings.token]',
        ),
    ),
    Flaw(
        rule="optional_settings_may_be_left_out",
        says="must do with the required settings alone",
        connector=Demanding,
    ),
    Flaw(
        rule="an_address_that_is_none_is_refused",
        says="must refuse the url 'shop.example'",
        connector=Credulous,
    ),
    Flaw(
        rule="secrets_are_marked",
        says="must be marked secret = true: token",
        edit=(MANIFEST, '"Access token."\nsecret = true', '"Access token."'),
    ),
    Flaw(
        rule="no_secret_is_told",
        says="must not be told: <the secret> was refused",
        connector=Chatty,
        client=TellsItsToken,
    ),
    Flaw(
        rule="no_secret_is_told",
        says="must not be told: Toy(token='<the secret>')",
        connector=Chatty,
        client=PrintsItsToken,
    ),
    Flaw(
        rule="a_sample_is_well_formed",
        about="order",
        says="expect[0].nummer is no fact of OrderRecord",
        edit=(
            "samples/order.json",
            '"number": "#1",\n      "status"',
            '"nummer": "#1",\n      "status"',
        ),
    ),
    Flaw(
        rule="a_sample_is_well_formed",
        about="location",
        says="expect[0].is_active states a default",
        edit=("samples/location.json", '"type"', '"is_active": true,\n      "type"'),
    ),
    Flaw(
        rule="a_sample_gives_what_it_expects",
        about="order",
        says="expect[0].lines[0].counters.canceled is 1, expected is 2",
        edit=("samples/order.json", '"ordered": 2, "canceled": 1}', '"ordered": 2, "canceled": 2}'),
    ),
    Flaw(
        rule="every_kind_has_a_sample",
        says="must show every kind that is read: location",
        edit=("samples/location.json", "", None),
    ),
    Flaw(rule="the_account_is_named", says="check must name the account", client=Nameless),
    Flaw(
        rule="trouble_is_told_apart",
        says="must raise Misconfigured or Unavailable at not the system",
        client=TakesAnythingForTheShop,
    ),
    Flaw(
        rule="a_wrong_credential_is_misconfigured",
        about="token",
        says="must raise Misconfigured when token is wrong",
        client=ChecksNothing,
    ),
    Flaw(
        rule="an_unreachable_system_is_unavailable",
        says="fetch order must raise Unavailable when nothing answers",
        client=TakesSilenceForAbsence,
    ),
)
