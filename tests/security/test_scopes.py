"""Broken function level authorization (OWASP API5:2023), and the inventory (API9:2023).

Every route of the app is gone through, so a new one cannot be forgotten here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from chalice.app import Chalice

from chalicekit import auth
from chalicekit.api import Api as ChaliceApi
from chalicekit.api import complete
from chalicekit.endpoint import Call, Routes
from tests import events
from tests.contract.client import Api, assert_problem
from tests.engines import ROOT
from tests.issuing import Issuing
from tests.security.conftest import called_by
from tests.targets import Configure, loaded

pytestmark = [pytest.mark.configures, pytest.mark.users, pytest.mark.each_counts]

# What nobody needs a token for. Whoever makes another route public says so here, too: by the
# module whose it is, so that it may be taken out.
PUBLIC_IN = {
    "charts": {"/charts/new", "/charts/{id}"},
    "console": {"/console", "/console/{proxy+}"},
    "contact": {"/contact"},
    "home": {"/", "/errors", "/health", "/openapi.json", "/{proxy+}"},
    "mounts": {"/greeting", "/greeting/{proxy+}"},
    "reference": {"/docs", "/docs/{proxy+}"},
    "welcome": {"/welcome", "/welcome/{proxy+}"},
}
THERE = {path.stem for path in (ROOT / "chalicelib").iterdir()}
BESIDE = {f"/{name}{rest}" for name in ("beside", "beside-bytes") for rest in ("", "/{proxy+}")}
PUBLIC = BESIDE.union(*(paths for name, paths in PUBLIC_IN.items() if name in THERE))


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, methods in loaded().routes.items():
        for method, entry in methods.items():
            if operation := getattr(entry.view_function, "operation", None):
                yield method, path, operation


def asked(api: Api, method: str, path: str, headers: dict[str, str]) -> requests.Response:
    """A request that would do something, were it let in."""
    body = api.resource.sample() if method in ("POST", "PUT", "PATCH") else None
    return api.send(
        method, path.replace("{id}", "x").replace("{sku}", "x"), json=body, headers=headers
    )


def test_what_is_public_is_known_by_name() -> None:
    public = {path for _, path, operation in operations() if operation.scope is auth.PUBLIC}
    assert public == PUBLIC
    guarded = {path for _, path, _ in operations()} - PUBLIC
    assert {"/users", "/users/{id}"} <= guarded


def test_no_route_is_let_in_without_a_token(users: Api, asks: Issuing) -> None:
    tried = 0
    for method, path, operation in operations():
        if operation.scope is not auth.PUBLIC:
            tried += 1
            assert_problem(asked(users, method, path, {}), 401, "unauthorized")
            junk = {"Authorization": "Bearer a.b.c"}
            assert_problem(asked(users, method, path, junk), 401, "token_invalid")
    assert tried >= 12


def test_each_route_wants_its_scope_and_no_other(users: Api, asks: Issuing) -> None:
    every = {o.scope for _, _, o in operations() if o.scope}
    table = {(m, p): o.scope for m, p, o in operations() if p.startswith("/wares")}
    assert table == {
        ("GET", "/wares"): "wares:read",
        ("POST", "/wares"): "wares:write",
        ("GET", "/wares/{sku}"): "wares:read",
        ("PUT", "/wares/{sku}"): "wares:write",
        ("PATCH", "/wares/{sku}"): "wares:write",
        ("DELETE", "/wares/{sku}"): "wares:write",
    }
    assert len(every) >= 4
    for method, path, operation in operations():
        if operation.scope is auth.PUBLIC:
            continue
        for scope in ("", "openid", " ".join(every - {operation.scope}), operation.scope.upper()):
            response = asked(users, method, path, asks.bearer(scope=scope))
            body = assert_problem(response, 403, "forbidden")
            assert operation.scope in body["detail"]
            told = response.headers["WWW-Authenticate"]
            assert told.endswith(f'error="insufficient_scope", scope="{operation.scope}"')
        response = asked(users, method, path, asks.bearer(scope=operation.scope))
        assert response.status_code not in (401, 403), (method, path)


def test_head_wants_what_get_does(users: Api, asks: Issuing) -> None:
    for scope, status in (("users:read", 200), ("users:write", 403)):
        response = users.send("HEAD", "/users", headers=asks.bearer(scope=scope))
        assert (response.status_code, response.content) == (status, b"")


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "users:read"}, 200),
        ({"scope": "  users:read   x "}, 200),
        ({"scope": ["users:read"]}, 200),
        ({"scope": None, "scp": "users:read"}, 403),
        ({"scp": ["users:read", 7, None]}, 200),
        ({"scp": "x users:read"}, 200),
        ({"scp": {"users:read": True}}, 403),
        ({"permissions": ["users:read"]}, 403),
        ({"scope": "users:read*"}, 403),
        ({"scope": "*"}, 403),
        ({"scope": "users:reader"}, 403),
        ({"scope": "users:read,users:write"}, 403),
        ({"scope": 7}, 403),
        ({"roles": ["users:read"], "groups": ["users:read"]}, 403),
    ],
    ids=str,
)
def test_where_scopes_stand(users: Api, asks: Issuing, claims: dict[str, Any], status: int) -> None:
    without = () if "scope" in claims else ("scope",)
    headers = asks.bearer(without=without, **claims)
    assert users.send("GET", "/users", headers=headers).status_code == status


def test_a_method_that_is_not_offered_is_told_without_a_token(users: Api, asks: Issuing) -> None:
    response = users.send("DELETE", "/users")
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_view_without_any_scope_is_for_whoever_has_a_token(
    users: Api, asks: Issuing, configure: Configure
) -> None:
    """What a developer forgets is closed: public is a word that must be said."""
    app = small_app()
    for path in ("/forgotten", "/plain", "/late"):
        assert answered(app, path, {})["statusCode"] == 401
        assert answered(app, path, asks.bearer(scope=""))["statusCode"] == 200
    assert answered(app, "/open", {})["statusCode"] == 200
    assert answered(app, "/special", asks.bearer(scope="a"))["statusCode"] == 403
    assert answered(app, "/special", asks.bearer(scope="special"))["statusCode"] == 200
    configure(AUTH="none", AUTH_ISSUER=None)
    for path in ("/forgotten", "/plain", "/open", "/special"):
        assert answered(app, path, {})["statusCode"] == 200


def test_half_of_the_scopes_is_none() -> None:
    """Who forgets write= would let any token write."""
    readers, writers = Routes("r", read="x:read"), Routes("w", write="x:write")

    def view(call: Call) -> dict[str, str]:
        return {}

    readers.get("/x")(view)
    readers.post("/x", scope="x:write")(view)
    writers.delete("/x")(view)
    with pytest.raises(TypeError, match=r"^/x: say both read= and write=, or scope="):
        readers.delete("/x")(view)
    with pytest.raises(TypeError, match=r"^/x: say both"):
        writers.get("/x")(view)
    with pytest.raises(TypeError, match=r"^/x: say both"):
        readers.any("/x")(view)


def test_public_routes_take_no_scope() -> None:
    with pytest.raises(TypeError, match="public routes need no scope"):
        Routes("x", read="x:read", public=True)
    for scope in ("admin", ""):
        with pytest.raises(TypeError, match=r"^/admin: public routes need no scope$"):
            Routes("x").mount("/admin", "tests.nowhere:app", scope=scope, public=True)


def test_the_document_tells_every_guarded_route_with_its_scope(
    users: Api, asks: Issuing, configure: Configure
) -> None:
    document = users.send("GET", "/openapi.json").json()
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert asks.url in scheme["description"]
    described = {
        (method.upper(), path): operation["security"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation["security"]
    }
    assert described == {
        (method, path): [{"bearer": [operation.scope]}]
        for method, path, operation in operations()
        if operation.scope is not auth.PUBLIC
    }
    for path, method in (("/users", "get"), ("/users/{id}", "delete")):
        assert {"401", "403", "429"} <= document["paths"][path][method]["responses"].keys()
    configure(AUTH="none", AUTH_ISSUER=None)
    document = users.send("GET", "/openapi.json").json()
    assert document["paths"]["/users"]["get"]["security"] == [{"bearer": ["users:read"]}, {}]


def test_one_token_for_many_routes(users: Api, asks: Issuing) -> None:
    reader = called_by(users, asks.bearer(scope="users:read"))
    assert reader.query().status_code == 200
    assert reader.get("x").status_code == 404
    for response in (
        reader.post(users.resource.sample()),
        reader.put("x", users.resource.sample()),
        reader.patch("x", {}),
        reader.delete("x"),
    ):
        assert_problem(response, 403, "forbidden")


def small_app() -> Chalice:
    app = ChaliceApi(app_name="small")
    guarded, public = Routes("guarded"), Routes("public", public=True)

    @guarded.get("/forgotten")
    def forgotten(call: Call) -> dict[str, str]:
        return {"caller": call.caller}

    @guarded.get("/special", scope="special")
    def special(call: Call) -> dict[str, str]:
        return {"caller": call.caller}

    @public.get("/open")
    def everybody(call: Call) -> dict[str, str]:
        return {"caller": call.caller}

    @app.route("/plain")
    def plain() -> dict[str, str]:
        return {}

    app.register_blueprint(guarded)
    app.register_blueprint(public)
    complete(app)

    @app.route("/late")
    def late() -> dict[str, str]:
        return {}

    return app


def answered(app: Chalice, path: str, headers: dict[str, str]) -> dict[str, Any]:
    request = events.Request("GET", path, "", [*headers.items()], b"")
    answer: dict[str, Any] = app(events.rest(request), None)
    return answer
