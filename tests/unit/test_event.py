"""Where an API begins in a path: behind a stage, a base path, or nothing."""

import pytest

from chalicekit.event import _headers, split


@pytest.mark.parametrize("prefix", ["", "/dev", "/base", "/base/path"])
@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/users", "/users", {}),
        ("/users/7", "/users/{id}", {"id": "7"}),
        ("/users/dev", "/users/{id}", {"id": "dev"}),
        ("/users/a%2Fb", "/users/{id}", {"id": "a%2Fb"}),
        ("/a", "/{proxy+}", {"proxy": "a"}),
        ("/a/b/c", "/{proxy+}", {"proxy": "a/b/c"}),
        ("/app/a/b", "/app/{proxy+}", {"proxy": "a/b"}),
        ("/a%2Fb/c", "/{proxy+}", {"proxy": "a/b/c"}),
        ("/a%2Fb/c", "/{proxy+}", {"proxy": "a%2Fb/c"}),
        ("//evil.example/x", "/{proxy+}", {"proxy": "/evil.example/x"}),
        ("/users", "/{proxy+}", {"proxy": "users/"}),
        ("/a/b/%2F", "/{proxy+}", {"proxy": "a/b/%2F"}),
        ("/a/b/%2F", "/{proxy+}", {"proxy": "a/b//"}),
    ],
)
def test_the_resource_tells(
    prefix: str, path: str, resource: str, parameters: dict[str, str]
) -> None:
    assert split(prefix + path, resource, parameters) == (prefix, path)
    assert split(f"{prefix}{path}/", resource, parameters) == (prefix, f"{path}/")


@pytest.mark.parametrize("prefix", ["", "/dev", "/base/path"])
def test_the_root(prefix: str) -> None:
    assert split(f"{prefix}/", "/", {}) == (prefix, "/")


@pytest.mark.parametrize("slashes", ["//", "///", "////"])
def test_empty_segments_alone_are_no_root(slashes: str) -> None:
    assert split(slashes, "/{proxy+}", {"proxy": slashes[1:-1]}) == ("", slashes)
    assert split(slashes, "/", {}) == ("", slashes)


def test_an_empty_segment_is_not_counted() -> None:
    assert split("/dev/users//7", "/users/{id}", {"id": "7"}) == ("/dev", "/users//7")
    assert split("/dev//users", "/users", {}) == ("/dev", "/users")


def test_a_rest_that_fits_nowhere_is_no_root() -> None:
    assert split("/a/b", "/{proxy+}", {"proxy": "c"}) == ("", "/a/b")


def test_two_spellings_of_a_header_are_one() -> None:
    event = {"headers": {"If-Match": '"a"', "if-match": "*"}}
    assert _headers(event) == {"if-match": '"a",*'}
    assert _headers({"multiValueHeaders": {"X": ["1"], "x": ["2", "3"]}}) == {"x": "1,2,3"}


def test_a_path_shorter_than_its_resource() -> None:
    assert split("/", "/users/{id}", {}) == ("", "/")
