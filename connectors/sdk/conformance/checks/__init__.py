"""Which claim leads to which checks: the whole kit on one screen."""

from collections.abc import Iterator

from connectors.sdk.conformance import claims
from connectors.sdk.conformance.checks import (
    account,
    commands,
    crashes,
    declared,
    deliveries,
    facts,
    fetches,
    pulls,
    samples,
    settings,
    signatures,
    unclaimed,
)
from connectors.sdk.conformance.rules import Case, Rule, each, once
from connectors.sdk.conformance.subject import Subject

RULES: tuple[Rule, ...] = (
    *once(
        "manifest",
        claims.always,
        declared.check_the_manifest_makes_sense,
        declared.check_what_is_claimed_is_there_and_nothing_else,
        declared.check_the_readme_tells_operators,
        declared.check_exemptions_name_rules,
        declared.check_the_level_is_earned,
    ),
    *each("setting", claims.required_settings, settings.check_a_missing_setting_is_named),
    *once(
        "settings",
        claims.always,
        settings.check_settings_read_are_those_declared,
        settings.check_optional_settings_may_be_left_out,
        settings.check_an_address_that_is_none_is_refused,
        settings.check_secrets_are_marked,
        settings.check_no_secret_is_told,
    ),
    *each(
        "sample",
        claims.samples,
        samples.check_a_sample_is_well_formed,
        samples.check_a_sample_gives_what_it_expects,
    ),
    *once("samples", claims.always, samples.check_every_kind_has_a_sample),
    *once(
        "order",
        claims.reads_orders,
        facts.check_an_unknown_status_of_an_order_is_kept,
        facts.check_nobody_is_no_customer,
        facts.check_a_currency_without_decimals_is_exact,
        facts.check_a_currency_of_three_decimals_is_exact,
        facts.check_more_decimals_than_a_currency_has_are_rounded,
        facts.check_an_id_beyond_a_float_is_exact,
        facts.check_words_come_as_people_wrote_them,
        facts.check_a_long_order_keeps_every_line,
        facts.check_an_order_was_placed_when_it_was,
    ),
    *once(
        "tracker",
        claims.reads_trackers,
        facts.check_an_unknown_status_of_a_parcel_is_kept,
        facts.check_words_of_a_scan_come_as_they_were_written,
        facts.check_a_scan_was_when_it_was,
    ),
    *once(
        "account",
        claims.is_simulated,
        account.check_the_account_is_named,
        account.check_trouble_is_told_apart,
    ),
    *each("credential", claims.credentials, account.check_a_wrong_credential_is_misconfigured),
    *once("account", claims.always, account.check_an_unreachable_system_is_unavailable),
    *once(
        "reads",
        claims.has_pulls,
        pulls.check_the_kit_fills_enough,
        pulls.check_every_request_goes_through_the_door,
    ),
    *each(
        "pull",
        claims.simulated_pulls,
        pulls.check_pages_are_bounded_and_sound,
        pulls.check_a_pull_gives_everything,
        pulls.check_a_pull_resumes_after_any_page,
        pulls.check_a_pull_that_fails_loses_nothing,
        pulls.check_one_bad_record_holds_up_no_other,
        pulls.check_a_pull_bears_a_clock_that_is_late,
        pulls.check_a_later_pull_gives_what_changed,
        pulls.check_trouble_while_pulling_is_told_apart,
    ),
    *each("pull", claims.followed_pulls, pulls.check_a_later_pull_gives_only_the_overlap),
    *each(
        "fetch",
        claims.simulated_fetches,
        fetches.check_a_fetch_gives_what_was_asked_for,
        fetches.check_what_is_not_there_is_removed,
        fetches.check_a_fetch_of_nothing_asks_nothing,
        fetches.check_trouble_while_fetching_is_told_apart,
    ),
    *each("fetch", claims.simulated_both, fetches.check_a_fetch_says_what_a_pull_says),
    *once(
        "webhooks",
        claims.has_webhooks,
        deliveries.check_genuine_deliveries_are_verified,
        deliveries.check_the_same_delivery_has_the_same_id,
        deliveries.check_an_unknown_topic_is_malformed,
        deliveries.check_any_body_decodes_or_is_malformed,
        signatures.check_a_forged_delivery_is_refused,
        signatures.check_without_a_secret_nothing_is_genuine,
        signatures.check_either_of_two_secrets_will_do,
    ),
    *once("webhooks", claims.has_stale_webhooks, signatures.check_a_stale_delivery_is_refused),
    *once(
        "webhooks", claims.has_simulated_webhooks, deliveries.check_what_is_touched_can_be_fetched
    ),
    *each(
        "command",
        claims.simulated_commands,
        commands.check_a_command_takes_effect_once,
        commands.check_what_is_not_there_is_rejected,
        crashes.check_a_lost_reply_leaves_one_effect,
        crashes.check_a_throttled_command_says_how_long_to_wait,
        crashes.check_refused_credentials_are_misconfigured,
    ),
    *each(
        "command", claims.repeatable_commands, commands.check_a_command_done_again_doubles_nothing
    ),
    *each(
        "command",
        claims.askable_commands,
        commands.check_a_look_up_tells_what_happened,
        crashes.check_a_look_up_in_trouble_says_so,
    ),
    *each("no pull", claims.not_pulled, unclaimed.check_an_unclaimed_pull_sends_nothing),
    *each("no fetch", claims.not_fetched, unclaimed.check_an_unclaimed_fetch_sends_nothing),
    *each("no command", claims.not_performed, unclaimed.check_an_unclaimed_command_sends_nothing),
)


def cases(subject: Subject) -> Iterator[Case]:
    """Give every case of one connector, in the order of RULES."""
    for rule in RULES:
        yield from rule.cases(subject)
