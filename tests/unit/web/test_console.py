"""The first page and GraphiQL: installed files, a strict policy, queries that fit the schema."""

import hashlib
import re
from pathlib import Path

import httpx2
import pytest
from graphql import parse, validate
from starlette.applications import Starlette

from gateway.web.console import ASSETS, console
from resolvers.schema import SCHEMA

PAGES = ["/", "/graphiql"]
OURS = [one for one in ASSETS.iterdir() if one.is_file()]
ROOT = Path(__file__).parents[3]
TOKEN_TAG = '<meta name="gateway-token" content="">'


def browser(token: str | None = None) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=Starlette(routes=console(token)))
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway.test")


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_allows_nothing_but_this_gateway(page: str) -> None:
    """Whatever got into it could neither run nor report home."""
    async with browser() as http:
        answer = await http.get(page)
    policy = answer.headers["content-security-policy"]
    assert 200 == answer.status_code
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("page", PAGES)
async def test_everything_a_page_names_is_there(page: str) -> None:
    """Scripts, style sheets, icons, and what the scripts import."""
    async with browser() as http:
        text = (await http.get(page)).text
        named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', text)
        assert named
        for address in [*named, "/assets/graph.js", "/assets/queries.js"]:
            assert 200 == (await http.get(address)).status_code, address


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_no_file_names_another_site(file: Path) -> None:
    """Nothing is fetched from anywhere else."""
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")
    assert [] == re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+", text)


@pytest.mark.parametrize("page", PAGES)
async def test_nothing_stands_inline_in_a_page(page: str) -> None:
    """The policy would refuse it."""
    async with browser() as http:
        text = (await http.get(page)).text
    assert [] == re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", text)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_holds_a_token_only_when_it_is_given_one(page: str) -> None:
    """Whoever can open the page holds it too."""
    async with browser() as http:
        assert TOKEN_TAG in (await http.get(page)).text
    async with browser('a-token"><script>') as http:
        answer = await http.get(page)
    assert 'content="a-token&quot;&gt;&lt;script&gt;"' in answer.text
    assert "no-store" == answer.headers["cache-control"]


DOCUMENTS = [
    pytest.param(document, id=f"{file}:{document.split('(')[0].split()[-1]}")
    for file, text in ((one.name, one.read_text()) for one in OURS if one.suffix == ".js")
    for document in re.findall(r"= `([^`]*\{[^`]*)`;", text)
    if re.search(r"\b(query|mutation|subscription) \w", document)
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_document_of_the_pages_fits_the_schema(document: str) -> None:
    """They are shown to people who see the graph for the first time."""
    [row] = re.findall(r"const ROW = `([^`]*)`", (ASSETS / "console.js").read_text())
    assert [] == validate(SCHEMA._schema, parse(document.replace("${ROW}", row)))


def test_all_documents_of_the_pages_were_found() -> None:
    """Six tabs, what fills them, and the three of the first page."""
    assert 10 == len(DOCUMENTS)


def test_graphiql_is_as_its_publisher_built_it() -> None:
    """The decision says which files of which package, by their hashes."""
    [decision] = (ROOT / "docs" / "decisions").glob("*graphiql*.md")
    stated = dict(
        re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", decision.read_text(), re.MULTILINE)
    )
    held = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (ASSETS / "graphiql").iterdir()
    }
    assert stated == held


def test_the_documents_of_the_readme_fit_the_schema() -> None:
    """They are what people paste first."""
    documents = re.findall(r"```graphql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert 2 == len(documents)
    assert [] == [error for one in documents for error in validate(SCHEMA._schema, parse(one))]
