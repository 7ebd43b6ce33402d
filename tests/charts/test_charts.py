"""Charts through HTTP: made once, found again, fetched back from S3."""

from datetime import UTC, datetime, timedelta, tzinfo
from io import BytesIO
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from PIL import Image

from chalicelib.charts import charts
from chalicelib.charts import kept as keeping
from tests.charts.conftest import Draw
from tests.targets import Target, direct_session

BROWSER = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"  # of an <img>


def get(target: Target, made: requests.Response, **headers: str) -> requests.Response:
    url = urljoin(made.url, made.headers["Location"])
    session = target.session
    return session.get(url, headers=headers, allow_redirects=False, timeout=30)


def bucket(target: Target) -> str:
    (name,) = [
        one["Name"]
        for one in target.aws("s3").list_buckets()["Buckets"]
        if one["Name"].startswith(target.table("charts"))
    ]
    return str(name)


def kept(target: Target) -> dict[str, Any]:
    """The objects in the bucket, by their keys."""
    found = target.aws("s3").list_objects_v2(Bucket=bucket(target))
    return {one["Key"]: one for one in found.get("Contents", [])}


def mark(target: Target, key: str) -> datetime:
    """Put something else in an image's place, to see whether it is put anew; gives when."""
    target.aws("s3").put_object(Bucket=bucket(target), Key=key, Body=b"old")
    made: datetime = kept(target)[key]["LastModified"]
    return made


def marked(target: Target, key: str) -> bool:
    return bool(kept(target)[key]["Size"] == len(b"old"))


@pytest.mark.tables
def test_an_image_is_drawn_kept_and_fetched_back(target: Target, draw: Draw) -> None:
    made = draw(title="Kept", width=320, height=200)
    assert made.status_code == 201, made.text
    chart = made.json()
    assert made.headers["Location"].endswith(chart["url"])
    assert made.headers["ETag"] == f'"{chart["id"]}"'
    assert {name: chart[name] for name in ("type", "format", "width", "height")} == {
        "type": "line",
        "format": "png",
        "width": 320,
        "height": 200,
    }
    assert chart["id"] in kept(target)
    linked = get(target, made, Accept=BROWSER)
    assert (linked.status_code, linked.content) == (302, b"")
    assert "max-age=150" in linked.headers["Cache-Control"]
    assert parse_qs(urlsplit(linked.headers["Location"]).query)["X-Amz-Expires"] == ["300"]
    fetched = direct_session().get(linked.headers["Location"], timeout=30)
    assert fetched.headers["Content-Type"] == "image/png"
    assert Image.open(BytesIO(fetched.content)).size == (320, 200)
    sent = get(target, made, Accept="image/png")
    assert (sent.status_code, sent.headers["Content-Type"]) == (200, "image/png")
    assert sent.content == fetched.content
    assert "immutable" in sent.headers["Cache-Control"]


@pytest.mark.tables
def test_the_same_again_is_the_same_and_drawn_once(target: Target, draw: Draw) -> None:
    first = draw(title="Twice", width=300)
    mark(target, first.json()["id"])
    again = draw(width=300, title="Twice", height=450, x_title="")
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Location"] == first.headers["Location"]
    assert marked(target, first.json()["id"])
    assert draw(title="Thrice", width=300).json()["id"] != first.json()["id"]


def test_a_whole_number_may_be_written_with_a_fraction(draw: Draw) -> None:
    made = [draw(title="Whole", width=width) for width in (300, 300.0)]
    assert [response.status_code for response in made] == [201, 201]
    assert made[0].json()["id"] == made[1].json()["id"]


def test_one_colour_in_other_words_is_the_same_chart(draw: Draw) -> None:
    said = [("#fA0", "#Ab1"), ("#fa0", "#aB1"), ("#FFAA00", "#AABB11"), ("#ffaa00", "#aabb11")]
    made = [
        draw(type="pie", datasets=[{"data": [1, 2], "color": one, "colors": [other]}]).json()["id"]
        for one, other in [*said, ("#ffaa01", "#aabb11"), ("#ffaa00", "#aabb12")]
    ]
    assert len({*made[: len(said)]}) == 1
    assert len({*made}) == 3


@pytest.mark.in_process
@pytest.mark.parametrize(("days", "replayed"), [(14, "true"), (16, None)])
def test_an_image_is_drawn_anew_after_half_of_its_lifetime(
    target: Target, draw: Draw, monkeypatch: pytest.MonkeyPatch, days: int, replayed: str | None
) -> None:
    """So that who posts again has a link that lasts: the bucket deletes after 30 days."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(datetime.now(UTC).timestamp(), tz) + timedelta(days=days)

    first = draw(title=f"For {days} days").json()
    before = mark(target, first["id"])
    monkeypatch.setattr(keeping, "datetime", Later)
    again = draw(title=f"For {days} days")
    assert (again.status_code, again.headers.get("Idempotent-Replayed")) == (201, replayed)
    assert again.json()["id"] == first["id"]
    made = datetime.fromisoformat(again.json()["created_at"])
    assert (made - before > timedelta(days=1)) is (replayed is None)
    assert marked(target, first["id"]) is (replayed is not None)


def test_an_svg(target: Target, draw: Draw) -> None:
    made = draw(title="An SVG <&>", format="svg")
    sent = get(target, made, Accept="image/svg+xml")
    assert (sent.status_code, sent.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "An SVG &lt;&amp;&gt;" in sent.text
    assert sent.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert get(target, made, Accept="image/png").status_code == 302
    tag = made.headers["ETag"]
    unchanged = get(target, made, Accept="image/svg+xml", **{"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.in_process
def test_what_is_known_already_is_not_fetched(
    target: Target, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = draw(title="Known")
    fetched: list[str] = []
    monkeypatch.setattr(charts, "get", lambda key, _: fetched.append(key))
    headers = {"Accept": "image/png", "If-None-Match": made.headers["ETag"]}
    assert get(target, made, **headers).status_code == 304
    absent = f"{target.base_url}/charts/{'0' * 40}"
    assert target.session.get(absent, headers=headers | {"If-None-Match": "*"}).status_code == 404
    assert fetched == []


def test_head_is_get_without_the_image(target: Target, draw: Draw) -> None:
    url = urljoin(target.base_url, draw(title="Head").headers["Location"])
    answer = target.session.head(url, headers={"Accept": "image/png"}, timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("accept", ["*/*", "image/png"])
def test_what_is_not_there(target: Target, accept: str) -> None:
    url = f"{target.base_url}/charts/{'0' * 40}"
    answer = target.session.get(url, headers={"Accept": accept}, allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.tables
def test_a_preview_keeps_nothing(target: Target, draw: Draw) -> None:
    before = kept(target)
    answer = draw("/charts/preview", title="Only looked at")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "Only looked at" in answer.text
    assert kept(target) == before


@pytest.mark.configures
def test_bytes_for_everybody(target: Target, draw: Draw, configure: Any) -> None:
    made = draw(title="Bytes")
    configure(CHARTS_SEND="bytes")
    answer = get(target, made, Accept=BROWSER)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    configure(CHARTS_SEND="pigeons")
    assert get(target, made, Accept=BROWSER).json()["code"] == "not_configured"


def test_the_document_describes_it(target: Target) -> None:
    paths = target.session.get(f"{target.base_url}/openapi.json", timeout=30).json()["paths"]
    assert {"/charts", "/charts/preview", "/charts/{id}"} <= paths.keys()
    answers = paths["/charts/{id}"]["get"]["responses"]
    assert {"200", "302", "404"} <= answers.keys()
    assert answers["200"]["content"].keys() == {"image/png", "image/svg+xml"}


def test_a_key_is_not_offered_for_what_is_the_same_anyway(target: Target) -> None:
    paths = target.session.get(f"{target.base_url}/openapi.json").json()["paths"]
    assert "parameters" not in paths["/charts"]["post"]


def test_the_example_of_the_document_can_be_drawn(target: Target, draw: Draw) -> None:
    schemas = target.session.get(f"{target.base_url}/openapi.json").json()["components"]["schemas"]
    (example,) = schemas["Description"]["examples"]
    drawn = draw("/charts/preview", **example)
    assert (drawn.status_code, "Ideal" in drawn.text) == (200, True)
