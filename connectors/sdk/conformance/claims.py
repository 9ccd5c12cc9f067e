"""What a manifest claims, as the rules ask for it."""

from collections.abc import Iterable

from connectors.sdk.conformance.subject import Subject
from connectors.sdk.manifest import COMMANDS, Delivery
from connectors.sdk.records import Kind

WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 (the conventional name of the setting)
"""The one setting that the gateway reads, not the connector: it hands it to ``verify``."""


def always(subject: Subject) -> bool:
    return True


def is_simulated(subject: Subject) -> bool:
    return subject.simulator is not None


def is_not_simulated(subject: Subject) -> bool:
    return subject.simulator is None


def samples(subject: Subject) -> Iterable[str]:
    return subject.samples


def required_settings(subject: Subject) -> Iterable[str]:
    """What ``open`` cannot do without."""
    settings = subject.manifest.settings.items()
    return (name for name, one in settings if one.required and name != WEBHOOK_SECRET)


def credentials(subject: Subject) -> Iterable[str]:
    """Required settings that only the right value of can work, at a simulator."""
    names = required_settings(subject) if is_simulated(subject) else ()
    return (name for name in names if name != "url")


def pulled(subject: Subject) -> list[Kind]:
    return [kind for kind, read in subject.manifest.reads.items() if read.pull]


def fetched(subject: Subject) -> list[Kind]:
    return [kind for kind, read in subject.manifest.reads.items() if read.fetch]


def reads_orders(subject: Subject) -> bool:
    return Kind.ORDER in {*pulled(subject), *fetched(subject)}


def reads_trackers(subject: Subject) -> bool:
    return Kind.TRACKER in {*pulled(subject), *fetched(subject)}


def not_pulled(subject: Subject) -> list[Kind]:
    return [kind for kind in Kind if kind not in pulled(subject)]


def not_fetched(subject: Subject) -> list[Kind]:
    return [kind for kind in Kind if kind not in fetched(subject)]


def not_performed(subject: Subject) -> Iterable[str]:
    return (name for name in COMMANDS if name not in subject.manifest.commands)


def simulated_pulls(subject: Subject) -> Iterable[Kind]:
    return pulled(subject) if is_simulated(subject) else ()


def simulated_fetches(subject: Subject) -> Iterable[Kind]:
    return fetched(subject) if is_simulated(subject) else ()


def simulated_both(subject: Subject) -> Iterable[Kind]:
    """Kinds that are pulled and fetched."""
    return (kind for kind in simulated_pulls(subject) if kind in fetched(subject))


def followed_pulls(subject: Subject) -> Iterable[Kind]:
    """Pulls that follow changes, so that they need not give again what did not change."""
    reads = subject.manifest.reads
    kinds = simulated_pulls(subject)
    return (kind for kind in kinds if reads[kind].incremental in ("updated_at", "journal"))


def simulated_commands(subject: Subject) -> Iterable[str]:
    return subject.manifest.commands if is_simulated(subject) else ()


def repeatable_commands(subject: Subject) -> Iterable[str]:
    """Commands that may be performed again, maybe after asking."""
    rules = subject.manifest.commands
    names = simulated_commands(subject)
    return (name for name in names if rules[name].delivery is not Delivery.NEITHER)


def askable_commands(subject: Subject) -> Iterable[str]:
    rules = subject.manifest.commands
    names = simulated_commands(subject)
    return (name for name in names if rules[name].delivery is Delivery.ASKABLE)


def has_pulls(subject: Subject) -> bool:
    return bool(list(simulated_pulls(subject)))


def has_webhooks(subject: Subject) -> bool:
    return subject.manifest.webhooks is not None


def has_stale_webhooks(subject: Subject) -> bool:
    hooks = subject.manifest.webhooks
    return hooks is not None and hooks.tolerance_s is not None


def has_simulated_webhooks(subject: Subject) -> bool:
    return has_webhooks(subject) and is_simulated(subject)
