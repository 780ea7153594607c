"""The guidance as pages: in two languages, with links that lead somewhere, and offered where decisions are made."""

import re
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from reporting.web.data.guidance import list_documents

INDEX = "/data/guidance/index.md"


def test_each_document_is_there_in_english_and_french() -> None:
    documents = list_documents()
    assert documents["en"] == documents["fr"]
    assert len(documents["en"]) == 8


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_index_leads_to_every_document(client: FlaskClient, language: str) -> None:
    accepts = {"Accept-Language": language}
    seen, waiting = set(), [INDEX]
    while waiting:
        path = waiting.pop()
        answer = client.get(path, headers=accepts)
        assert answer.status_code == 200, path
        assert f'<article class="guidance" lang="{language}"' in answer.text
        seen.add(path)
        article = answer.text.partition("<article")[2].partition("</article>")[0]
        waiting += [
            urljoin(path, link) for link in re.findall(r'href="([^"#]+)"', article) if urljoin(path, link) not in seen
        ]
    assert len(seen) == len(list_documents()[language])


def test_in_another_language_it_is_english_and_says_so(client: FlaskClient) -> None:
    page = client.get(INDEX, headers={"Accept-Language": "ar"}).text
    assert 'lang="en" dir="ltr"' in page
    assert 'class="notice"' in page
    assert 'class="notice"' not in client.get(INDEX).text


@pytest.mark.parametrize(
    "path", ["/data/guidance/index", "/data/guidance/nothing.md", "/data/guidance/..%2F..%2FREADME.md"]
)
def test_nothing_else_is_shown(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_list_of_figures_offers_it(client: FlaskClient) -> None:
    assert "/data/guidance/what-figures-can-say.md" in client.get("/data/").text
