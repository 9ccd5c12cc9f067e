"""The manifest itself, and the README beside it."""

import re

from connectors.sdk.conformance import claims, levels
from connectors.sdk.conformance.stage import nowhere
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.manifest import Delivery, Manifest, Read

EVIDENCE = ("contract", "running system")
FOLLOWS = ("updated_at", "journal", "open", "none")

_SECTIONS = {
    "what it reads": (claims.fetched, "read"),
    "what it writes": (lambda subject: subject.manifest.commands, "write|writes|does|told|tells"),
    "limits": (claims.always, "limit|limits"),
}
"""Sections that a README has, what calls for them, and a word of their headings."""


async def check_the_manifest_makes_sense(subject: Subject) -> None:
    """manifest.toml must state values that mean something, and no two that contradict."""
    faults = [*_quality_faults(subject), *_webhook_faults(subject.manifest)]
    for kind, read in subject.manifest.reads.items():
        faults += [f"reads.{kind}: {fault}" for fault in _read_faults(read)]
    faults += _needs_faults(subject.manifest)
    limits = subject.manifest.limits
    if min(limits.requests_per_s, limits.burst, limits.concurrency) <= 0:
        faults.append("limits: each must be more than 0")
    if not subject.manifest.kinds or not subject.manifest.docs.startswith("https://"):
        faults.append("kinds and docs: name what it is, and where its contract is to be read")
    assert not faults, f"manifest.toml must make sense: {'; '.join(faults)}"


def _quality_faults(subject: Subject) -> list[str]:
    quality = subject.manifest.quality
    faults = []
    if quality.level not in levels.LEVELS or quality.evidence not in EVIDENCE:
        faults.append(f"quality: level is one of {levels.LEVELS}, evidence one of {EVIDENCE}")
    if subject.simulator is None and quality.evidence == "contract":
        faults.append("quality.evidence: a contract without a simulator proves nothing")
    return faults


def _read_faults(read: Read) -> list[str]:
    faults = []
    if not (read.pull or read.fetch):
        faults.append("neither pulled nor fetched")
    if read.incremental not in FOLLOWS:
        faults.append(f"incremental: one of {FOLLOWS}")
    if read.every_s <= 0 or read.overlap_s < 0:
        faults.append("every_s must be more than 0, overlap_s not less")
    if read.overlap_s and (read.incremental == "none" or not read.pull):
        faults.append("overlap_s: what follows nothing overlaps nothing")
    return faults


def _needs_faults(manifest: Manifest) -> list[str]:
    claimed = {f"reads.{kind}": read.needs for kind, read in manifest.reads.items()}
    claimed |= {f"commands.{name}": rule.needs for name, rule in manifest.commands.items()}
    return [
        f"{claim}: needs names an optional setting, and {needs} is none"
        for claim, needs in claimed.items()
        if needs and (needs not in manifest.settings or manifest.settings[needs].required)
    ]


def _webhook_faults(manifest: Manifest) -> list[str]:
    hooks = manifest.webhooks
    if hooks is None:
        return []
    faults = []
    if not hooks.topics or len(set(hooks.topics)) != len(hooks.topics):
        faults.append("webhooks.topics: at least one, and none twice")
    if hooks.tolerance_s is not None and not 0 < hooks.tolerance_s <= 300:
        faults.append("webhooks.tolerance_s: more than 0, and at most five minutes")
    if claims.WEBHOOK_SECRET not in manifest.settings:
        faults.append(
            "settings.webhook_secret: what deliveries are verified with must be a setting"
        )
    return faults


async def check_what_is_claimed_is_there_and_nothing_else(subject: Subject) -> None:
    """The client must have the methods of what is claimed, and none of what is not."""
    manifest = subject.manifest
    asks = any(rule.delivery is Delivery.ASKABLE for rule in manifest.commands.values())
    wanted = {
        "check": True,
        "pull": bool(claims.pulled(subject)),
        "fetch": bool(claims.fetched(subject)),
        "verify": manifest.webhooks is not None,
        "decode": manifest.webhooks is not None,
        "perform": bool(manifest.commands),
        "look_up": asks,
    }
    async with nowhere(subject) as (client, _):
        found = {name: callable(getattr(client, name, None)) for name in wanted}
    lacking = [name for name in wanted if wanted[name] and not found[name]]
    extra = [name for name in wanted if found[name] and not wanted[name]]
    assert not lacking, f"the client must have what the manifest claims: {', '.join(lacking)}"
    assert not extra, f"the manifest must claim what the client has: {', '.join(extra)}"


async def check_the_readme_tells_operators(subject: Subject) -> None:
    """README.md must say what is read, kind by kind, what is written, and what the limits are."""
    path = subject.folder / "README.md"
    assert path.exists(), "README.md must be there: operators read it before they connect anything"
    text = path.read_text()
    headings = " ".join(re.findall(r"^##+ (.*)$", text, re.MULTILINE)).lower()
    for section, (calls_for, words) in _SECTIONS.items():
        if calls_for(subject):
            found = re.search(rf"\b({words})s?\b", headings)
            assert found, f"README.md must have a section on {section}"
    plain = text.lower().replace("_", " ")
    silent = [kind for kind in subject.manifest.reads if not _is_named(kind, plain)]
    assert not silent, f"README.md must name all that is read: {', '.join(silent)} it does not"


def _is_named(name: str, plain: str) -> bool:
    """``fulfillment_order`` is named by "FulfillmentOrderRecord" as well."""
    words = name.replace("_", " ")
    return words in plain or words.replace(" ", "") in plain


async def check_the_level_is_earned(subject: Subject) -> None:
    """quality.level must be one that the connector has earned: it has all that the level asks for.

    `connectors.sdk.conformance.levels` is the list.
    """
    level = subject.manifest.quality.level
    if level not in levels.LEVELS:
        return  # the manifest makes no sense, and another rule says so
    lacking = [f"{one.lacks} ({one.level})" for one in levels.lacking(subject, level)]
    assert not lacking, f"quality.level must be earned; {level} lacks {'; '.join(lacking)}"


async def check_exemptions_name_rules(subject: Subject) -> None:
    """quality.exempt must name rules that are put to this connector, and give reasons."""
    from connectors.sdk.conformance.checks import cases  # the table holds this check too

    known = {name for case in cases(subject) for name in case.names}
    exempt = subject.manifest.quality.exempt
    unknown = sorted(set(exempt) - known)
    assert not unknown, f"quality.exempt must name rules put to it: {', '.join(unknown)} are not"
    assert all(exempt.values()), "quality.exempt must give a reason for each"
