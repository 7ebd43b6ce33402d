import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit.greedy import match

ROUTES = [
    "/",
    "/users",
    "/users/{id}",
    "/users/new",
    "/users/{id}/notes/{note}",
    "/app/{proxy+}",
    "/{proxy+}",
]
SEGMENTS = st.text("abc.%20-_~é+{}", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("path", "route", "captured"),
    [
        ("/", "/", {}),
        ("/users", "/users", {}),
        ("/users/", "/users", {}),
        ("/users/7", "/users/{id}", {"id": "7"}),
        ("/users/7/", "/users/{id}", {"id": "7"}),
        ("/users/new", "/users/new", {}),
        ("/users/a%2Fb", "/users/{id}", {"id": "a%2Fb"}),
        ("/users/7/notes/1", "/users/{id}/notes/{note}", {"id": "7", "note": "1"}),
        ("/users/7/notes", "/{proxy+}", {"proxy": "users/7/notes"}),
        ("/users//", "/{proxy+}", {"proxy": "users/"}),
        ("/app", "/{proxy+}", {"proxy": "app"}),
        ("/app/a", "/app/{proxy+}", {"proxy": "a"}),
        ("/app/a/b/", "/app/{proxy+}", {"proxy": "a/b"}),
        ("/none/at/all", "/{proxy+}", {"proxy": "none/at/all"}),
    ],
)
def test_as_api_gateway_does(path: str, route: str, captured: dict[str, str]) -> None:
    assert match(path, ROUTES) == (route, captured)
    assert match(path, reversed(ROUTES)) == (route, captured)


def test_nothing_fits() -> None:
    assert match("/", ["/{proxy+}"]) is None
    assert match("/a", ["/b", "/a/{id}"]) is None


@settings(max_examples=200)
@given(parts=st.lists(SEGMENTS, min_size=1, max_size=5))
def test_a_greedy_route_gives_back_the_path(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert match(path, ["/{proxy+}"]) == ("/{proxy+}", {"proxy": path[1:]})


@settings(max_examples=200)
@given(parts=st.lists(SEGMENTS, min_size=2, max_size=4), order=st.permutations(ROUTES))
def test_the_order_of_routes_does_not_matter(parts: list[str], order: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert match(path, order) == match(path, ROUTES)
