"""What stands in the repository besides code: dependencies, locks, decisions, and no leaks."""

import re
import tomllib

import pytest

from tests.architecture.sources import PRODUCT, ROOT, kept, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEPENDENCIES = ROOT / "docs/reference/dependencies.md"
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
LOCK_LINE = re.compile(
    r"[a-z0-9_.\-]+==[^ ]+( ; [^\\]+)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?"
)
IMPORTED_AS = {
    "strawberry-graphql": "strawberry",
    "graphql-core": "graphql",
    "prometheus-client": "prometheus_client",
    "pydantic-settings": "pydantic_settings",
    "email-validator": "email_validator",
    "pyjwt": "jwt",
    "starlette-compress": "starlette_compress",
}
"""Name in the index -> module, where they differ."""
PATHS = re.compile(r"(?<![\w.\-/}*])/(?:work|root|home|Users|opt|mnt)/\w")
"""A folder of somebody's machine; a URL's path has its host before it."""
REGISTRIES = re.compile(
    r"--(?:extra-)?index-(?:url)|--find-(?:links)|//[\w.-]*(?:artifactory|nexus|devpi)"
)


def named(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w-]+", one)[0].lower() for one in requirements}  # type: ignore[index]


def pinned(lock: str) -> dict[str, str]:
    """Return name -> version of a lock; a name with several markers keeps all its versions."""
    found: dict[str, str] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([^ ]+)", (ROOT / lock).read_text(), re.MULTILINE
    ):
        found[name] = " ".join(filter(None, (found.get(name), version)))
    return found


def test_every_dependency_says_why_it_is_here() -> None:
    """One row each in docs/reference/dependencies.md, and none for what is gone."""
    groups = PROJECT["dependency-groups"]
    wanted = named(PROJECT["project"]["dependencies"] + groups["dev"] + groups["build"])
    rows = re.findall(r"^\| ([\w-]+) \| (.*) \|$", DEPENDENCIES.read_text(), re.MULTILINE)
    told = {name for name, why in rows if why not in ("why", "---") and len(why) > 10}
    assert told == wanted


def test_every_dependency_of_the_gateway_is_used() -> None:
    """Imported somewhere, or named in a database's URL."""
    code = "\n".join(one.text for one in modules(*PRODUCT) if not one.is_test)
    wanted = named(PROJECT["project"]["dependencies"])
    modules_of = {name: IMPORTED_AS.get(name, name) for name in wanted}
    assert {
        name
        for name, module in modules_of.items()
        if not re.search(rf"(?:import |from |\+){module}\b", code)
    } == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_versions_and_hashes_only(lock: str) -> None:
    """No index, no folder of wheels: what is locked comes from wherever one gets packages."""
    lines = (ROOT / lock).read_text().splitlines()
    assert [line for line in lines if not LOCK_LINE.fullmatch(line)] == []


def test_locks_agree_with_each_other_and_name_what_is_declared() -> None:
    """What is tested is what is served."""
    serving, testing, building = (pinned(lock) for lock in LOCKS)
    assert serving.items() <= testing.items()
    shared = building.keys() & testing.keys()
    assert {name: building[name] for name in shared} == {name: testing[name] for name in shared}
    groups = PROJECT["dependency-groups"]
    assert named(PROJECT["project"]["dependencies"]) <= serving.keys()
    assert named(groups["dev"]) <= testing.keys()
    assert named(groups["build"]) <= building.keys()


def test_nothing_names_somebodys_machine() -> None:
    """No absolute path of a home or a workspace, no address of a private package index."""
    found = []
    for path in kept():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if PATHS.search(line) or REGISTRIES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}")
    assert found == []


def test_decisions_are_numbered_sentences() -> None:
    """docs/decisions/NNNN-the-decision-as-a-sentence.md, no gap; the heading says the same."""
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    shapes = [re.fullmatch(r"(\d{4})-([a-z0-9]+(?:-[a-z0-9]+){2,})", one.stem) for one in files]
    assert [one.name for one, shape in zip(files, shapes, strict=True) if not shape] == []
    numbers = [shape[1] for shape in shapes if shape]
    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert numbers != []
    slugs = [re.sub(r"\W+", "-", heading(one.read_text()).lower()).strip("-") for one in files]
    assert slugs == [shape[2] for shape in shapes if shape]


def heading(text: str) -> str:
    """Return the first line, without what marks it as a heading and without its number."""
    return (
        re.sub(r"^# (?:\d{4}[.:]? )?", "", text.splitlines()[0]).replace("'", "").replace("`", "")
    )


def test_links_between_pages_lead_somewhere() -> None:
    """Those within the repository."""
    dead = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in kept()
        if page.suffix == ".md"
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert dead == []
