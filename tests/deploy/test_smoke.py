"""What is tried after a deployment: on the app itself, its answers spoiled one at a time."""

import copy
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ReadTimeoutError
from chalice.local import LambdaContext

from tests import targets
from tests.deploy.formation import refused
from tests.engines import free_port
from tests.issuing import CONFIGURATION, Issuing
from tests.serving import serving
from tests.targets import Target
from tests.wire import InProcess
from tools import stages
from tools.deploy import calls, protected, samples, smoke
from tools.deploy.protected import Asked
from tools.refusals import Refusal

ORIGIN = "http://localhost:5173"
LOG = "/aws/lambda/users-api-dev"
Answer = calls.Answer


class Deployed:
    """The app, with a URL."""

    def __init__(self, target: Target, url: str) -> None:
        self.target, self.url = target, url
        self.said: list[str] = []

    def check(self, origin: str | None = ORIGIN, asked: Asked = smoke.NOTHING) -> list[str]:
        """The lines that it says."""
        self.said = []
        show = self.said.append
        smoke.check(calls.Api(self.url, show), origin, show, LOG, asked=asked)
        return self.said

    def refused(self, asked: Asked = smoke.NOTHING) -> str:
        with pytest.raises(Refusal) as raised:
            self.check(asked=asked)
        line = str(raised.value)
        assert "\n" not in line
        assert line.endswith(".")
        return line

    def left(self) -> int:
        """How many things are there."""
        return sum(len(self.target.items(name)) for name in tables(self.document()))

    @cache  # noqa: B019  one app in this process
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = self.target.session.get(
            f"{self.target.base_url}/openapi.json"
        ).json()
        return document


def tables(document: dict[str, Any]) -> dict[str, str]:
    """The tables behind it, and the member that is the key of each."""
    found = (
        re.fullmatch(r"/(\w+)/\{(\w+)\}", path)
        for path, methods in document["paths"].items()
        if "delete" in methods
    )
    return {match[1]: match[2] for match in found if match}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with targets.moto(tmp_path_factory.mktemp("moto")) as target, serving(target) as url:
        yield Deployed(target, url)


@pytest.fixture
def api(served: Deployed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    monkeypatch.setattr(calls, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(calls, "SPREAD_SECONDS", 0.1)
    yield served
    monkeypatch.undo()
    for name, key in tables(served.document()).items():
        served.target.clear(name, key)


@pytest.fixture
def patient(api: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is time for another try, however slow this machine is."""
    monkeypatch.setattr(calls, "SPREAD_SECONDS", 60.0)


Spoil = Callable[[str, Callable[[Answer], Answer]], list[str]]


@pytest.fixture
def spoil(api: Deployed, monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Change every answer to requests that begin like "POST /"; gives the list of them all."""
    send = calls.Api.send
    sent: list[str] = []

    def install(begin: str, how: Callable[[Answer], Answer]) -> list[str]:
        def spoiled(self: calls.Api, method: str, path: str, **more: Any) -> Answer:
            sent.append(f"{method} {path}")
            answer = send(self, method, path, **more)
            return how(answer) if sent[-1].startswith(begin) else answer

        monkeypatch.setattr(calls.Api, "send", spoiled)
        return sent

    return install


def answer(status: int, body: bytes = b"{}", **headers: str) -> Callable[[Answer], Answer]:
    """Any answer, replaced by this one."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: urllib3.HTTPResponse(body, names, status)


def as_it_is(given: Answer) -> Answer:
    return given


def no_answer(_: Answer) -> Answer:
    raise calls.Odd("POST has no answer (ReadTimeoutError).")


def ctrl_c(_: Answer) -> Answer:
    raise KeyboardInterrupt


def only(document: dict[str, Any]) -> samples.Sample:
    """The sample for the first of its resources."""
    sample = samples.of(document)[0]
    assert isinstance(sample, samples.Sample)
    return sample


def test_says_what_works_and_leaves_nothing(api: Deployed) -> None:
    """Of every resource, whatever a reader made of users."""
    assert api.check() == [
        "  Health: it answers, and so does DynamoDB.",
        *(f"  /{path}: one was made, read and deleted." for path in tables(api.document())),
        f"  Browsers may call from {ORIGIN}.",
    ]
    assert api.left() == 0


def test_says_of_what_it_knows_no_body(api: Deployed, spoil: Spoil) -> None:
    """A second resource: the first is tried all the same."""
    document = copy.deepcopy(api.document())
    first = only(document).path
    schema = {
        "type": "object",
        "properties": {"sku": {"type": "string", "pattern": "^[^a-zA-Z1]$"}},
    }
    content = {"application/json": {"schema": schema | {"required": ["sku"]}}}
    document["paths"] |= {
        "/parts": {"post": {"requestBody": {"content": content}}},
        "/parts/{part}": {"get": {}, "delete": {}},
    }
    spoil("GET /openapi.json", answer(200, json.dumps(document).encode()))
    said = api.check()
    assert f"  {first}: one was made, read and deleted." in said
    assert (
        "  Nothing was made to try it: no body for POST /parts can be made from /openapi.json "
        "(sku follows a pattern: give it examples)."
    ) in said


def test_makes_something_once(api: Deployed, spoil: Spoil) -> None:
    sent = spoil("nothing", as_it_is)
    api.check()
    verbs = [request.split()[0] for request in sent if "/smoke-" in request or "POST" in request]
    assert verbs == ["POST", "GET", "POST", "DELETE", "GET"] * len(tables(api.document()))


def test_without_a_resource_there_is_no_sample() -> None:
    (none,) = samples.of({"paths": {"/health": {"get": {}}}})
    assert isinstance(none, samples.NoSample)


@pytest.mark.parametrize(
    ("begin", "how", "says"),
    [
        (
            "POST /",
            answer(500, b'{"code": "internal_error"}', X_Request_Id="r-1"),
            "expected 201, got 500 internal_error (request r-1)",
        ),
        ("POST /", no_answer, "POST has no answer (ReadTimeoutError)"),
        ("GET /users/smoke", answer(200), "is not what POST"),
        (
            "GET /users/smoke",
            answer(503, x_amzn_RequestId="r-2"),
            "expected 200, got 503 (request r-2)",
        ),
    ],
)
def test_deletes_what_it_made_where_something_is_wrong(
    api: Deployed, spoil: Spoil, begin: str, how: Callable[[Answer], Answer], says: str
) -> None:
    path = only(api.document()).path
    spoil(begin.replace("/users", path), how)
    line = api.refused()
    assert line.startswith("Deployed, and not well: ")
    assert says in line
    assert line.endswith(f" The log group {LOG} may say why.")
    assert api.left() == 0


def test_deletes_what_it_made_on_ctrl_c(api: Deployed, spoil: Spoil) -> None:
    spoil("GET /users/smoke".replace("/users", only(api.document()).path), ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        api.check()
    assert api.left() == 0


def test_says_what_it_could_not_delete(api: Deployed, spoil: Spoil) -> None:
    spoil("DELETE", answer(500))
    assert "/smoke-" in (line := api.refused())
    assert "expected 204, got 500" in line
    assert "Delete it by hand." in line


def test_notices_what_is_still_there(
    api: Deployed, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoke, "delete", lambda *_: answer(204)(urllib3.HTTPResponse()))
    assert "expected 404, got 200" in api.refused()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (answer(401), "asks for other credentials (401): nothing was made to try it."),
        (
            answer(422, b'{"code": "invalid_body"}'),
            "(422 invalid_body): nothing was made to try it.",
        ),
    ],
)
def test_an_api_that_wants_more_is_well(
    api: Deployed, spoil: Spoil, how: Callable[[Answer], Answer], says: str
) -> None:
    """Of tokens, and of members that depend on each other, nothing can be known here."""
    sent = spoil("POST /", how)
    assert says in api.check()[1]
    assert not [request for request in sent if request.startswith("DELETE")]


def test_an_api_without_resources_is_well(api: Deployed, spoil: Spoil) -> None:
    spoil("GET /openapi.json", answer(200, b'{"paths": {"/health": {"get": {}}}}'))
    assert api.check()[1] == (
        "  Nothing was made to try it: /openapi.json has no resource with POST, GET and DELETE."
    )


ANSWER = "  Waiting for the new deployment to answer: a minute at most."
ROLE = "  Waiting for DynamoDB to take the function's role: a minute at most."


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("early", [answer(403), answer(404), answer(502), no_answer])
def test_waits_for_a_deployment_to_spread(
    api: Deployed, spoil: Spoil, early: Callable[[Answer], Answer]
) -> None:
    """An address that is not known yet is no answer, too."""
    first = iter([early, early])
    sent = spoil("GET /health", lambda given: next(first, as_it_is)(given))  # noqa: PLW0108  another each time
    assert api.check()[:2] == [ANSWER, "  Health: it answers, and so does DynamoDB."]
    assert sent[:4] == ["GET /health"] * 3 + ["GET /health?deep=1"]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("begin", ["GET /health?deep=1", "POST /", "DELETE /"])
@pytest.mark.parametrize("code", [b"unavailable", b"throttled"])
def test_waits_for_a_policy_to_hold(api: Deployed, spoil: Spoil, begin: str, code: bytes) -> None:
    """A request is sent again as it is: its Idempotency-Key makes nothing twice."""
    first = iter([answer(503, b'{"code": "%s"}' % code)] * 2)
    spoil(begin, lambda given: next(first, as_it_is)(given))  # noqa: PLW0108  another each time
    if begin == "DELETE /":  # here it has deleted already
        assert "expected 204, got 404" in api.refused()
        assert ROLE in api.said
    else:
        assert api.check().count(ROLE) == 1
    assert api.left() == 0


def test_does_not_wait_for_ever(api: Deployed, spoil: Spoil) -> None:
    spoil("GET /health", answer(403, b'{"message": "Forbidden"}'))
    assert "GET /health: expected 200, got 403" in api.refused()


def test_waits_for_a_minute() -> None:
    assert calls.SPREAD_SECONDS == 60


def test_does_not_wait_for_settings(api: Deployed, spoil: Spoil) -> None:
    sent = spoil("GET /health", answer(503, b'{"code": "not_configured"}'))
    assert "A setting lacks or makes no sense: see docs/settings.md." in api.refused()
    assert len(sent) == 1


def test_notices_a_dynamodb_that_is_away(api: Deployed, spoil: Spoil) -> None:
    sent = spoil("GET /health?deep=1", answer(503, b'{"code": "unavailable"}'))
    assert "GET /health?deep=1: expected 200, got 503 unavailable" in api.refused()
    assert len(sent) > 2


def test_notices_an_origin_that_may_not_call(api: Deployed) -> None:
    assert api.check(origin=None)[-1].endswith("one was made, read and deleted.")
    with pytest.raises(
        Refusal, match=r"https://evil\.example: expected it to be allowed, got None"
    ):
        api.check(origin="https://evil.example")


@pytest.mark.parametrize("how", [answer(403, b'{"message": "Missing"}'), answer(404, b"<html>")])
def test_notices_a_bare_answer_to_an_unknown_path(
    api: Deployed, spoil: Spoil, how: Callable[[Answer], Answer]
) -> None:
    def bare(given: Answer) -> Answer:
        return how(given) if given.status == 404 and b"route_not_found" in given.data else given

    spoil("GET /", bare)
    assert re.search(
        r"GET /[0-9a-f]{16}: expected (404|application/problem\+json), got", api.refused()
    )


def test_says_where_nothing_answers(api: Deployed) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Refusal, match=f"GET {nowhere}/health has no answer"):
        smoke.check(calls.Api(nowhere, api.said.append), None, api.said.append)


def test_says_where_it_is_another_api(api: Deployed, spoil: Spoil) -> None:
    spoil("GET /openapi.json", answer(200, b"<html>"))
    assert api.refused()


@pytest.mark.parametrize(
    ("origins", "one"),
    [
        ("", None),
        ("*", ORIGIN),
        ("http://localhost:*,https://app.example.com", ORIGIN),
        ("https://app.example.com", "https://app.example.com"),
    ],
)
def test_chooses_an_origin(origins: str, one: str | None) -> None:
    assert smoke.origin(origins) == one


class Function:
    """Lambda, whose function is the app."""

    def __init__(self, target: Target) -> None:
        adapter = target.session.get_adapter(target.base_url)
        assert isinstance(adapter, InProcess)
        self.app = adapter._app
        self.asked: list[tuple[str, str]] = []
        self.crash = ""

    def invoke(self, **request: str) -> dict[str, Any]:
        self.asked.append((request["FunctionName"], request["Qualifier"]))
        if self.crash:
            told = {"errorMessage": "secret", "errorType": self.crash}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(told).encode())}
        answered = self.app(json.loads(request["Payload"]), LambdaContext("function", 1024, 29_000))
        return {"Payload": io.BytesIO(json.dumps(answered).encode())}

    def check(self, api: Deployed, asked: Asked = smoke.NOTHING) -> list[str]:
        shown: list[str] = []
        version, url = calls.Version(self, "function", "4", shown.append), calls.Api(api.url, print)
        smoke.check_canary(version, url, ORIGIN, shown.append, LOG, asked)
        return shown


def test_a_canary_is_tried_by_itself(api: Deployed, spoil: Spoil) -> None:
    """Through the gateway hardly any call reaches it: only the way is tried there."""
    function, sent = Function(api.target), spoil("nothing", as_it_is)
    said = function.check(api)
    assert sent[:2] == ["GET /health", "GET /health?deep=1"]
    assert len(sent) == 3  # and a path that nobody knows
    assert said == [*api.check(), "  The URL: it answers, and so does DynamoDB."]
    assert set(function.asked) == {("function", "4")}
    assert len(function.asked) == 4 + 5 * len(tables(api.document()))
    assert api.left() == 0


def test_a_canary_that_crashes_is_not_waited_for(api: Deployed, spoil: Spoil) -> None:
    function, sent = Function(api.target), spoil("nothing", as_it_is)
    function.crash = "Runtime.ImportModuleError"
    with pytest.raises(Refusal) as raised:
        function.check(api)
    assert str(raised.value) == (
        "Deployed, and not well: GET /health has no answer (Runtime.ImportModuleError). "
        f"The log group {LOG} may say why."
    )
    assert len(function.asked) == 1
    assert sent == []


def test_a_version_that_is_wrong_is_not_waited_for(
    api: Deployed, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets calls already; and what it says itself is not for want of time."""
    function, sent = Function(api.target), spoil("nothing", as_it_is)
    version = calls.Version(function, "function", "4", api.said.append)
    smoke.check(calls.Api(api.url, print), ORIGIN, print, LOG, version)
    assert function.asked == [("function", "4")] * 2
    assert sent[:2] == ["GET /health", "GET /health?deep=1"]
    sent.clear()
    version = calls.Version(function, "function", "4", api.said.append)
    monkeypatch.setattr(function, "app", lambda *_: {"statusCode": 500, "body": "{}"})
    with pytest.raises(Refusal, match="GET /health: expected 200, got 500"):
        smoke.check(calls.Api(api.url, print), ORIGIN, print, LOG, version)
    assert len(function.asked) == 3
    assert sent == []


@pytest.mark.usefixtures("patient")
def test_a_version_waits_for_its_role(api: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    function, shown = Function(api.target), list[str]()
    app, early = function.app, iter([503, 503])

    def later(*given: Any) -> Any:
        if "deep" in json.dumps(given[0]) and (status := next(early, 0)):
            return {"statusCode": status, "body": '{"code": "unavailable"}'}
        return app(*given)

    monkeypatch.setattr(function, "app", later)
    version = calls.Version(function, "function", "4", shown.append)
    smoke.check(calls.Api(api.url, print), ORIGIN, print, LOG, version)
    assert shown == [ROLE]


@pytest.mark.parametrize(
    ("error", "says", "waits"),
    [
        (
            refused("Invoke", "Rate exceeded", "TooManyRequestsException"),
            "AWS refused Invoke: Rate exceeded",
            True,
        ),
        (
            refused("Invoke", "You may not", "AccessDeniedException"),
            "AWS refused Invoke: You may not",
            False,
        ),
        (ReadTimeoutError(endpoint_url="https://lambda"), "ReadTimeoutError", True),
    ],
)
def test_a_canary_that_lambda_does_not_call(
    api: Deployed,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    says: str,
    waits: bool,
) -> None:
    function, asked = Function(api.target), list[int]()

    def fail(**_: Any) -> None:
        asked.append(1)
        raise error

    monkeypatch.setattr(function, "invoke", fail)
    with pytest.raises(Refusal, match=rf"no answer \({re.escape(says)}\)\."):
        function.check(api)
    assert (len(asked) > 1) == waits


def test_the_way_to_a_canary_is_tried(api: Deployed, spoil: Spoil) -> None:
    spoil("GET /health", answer(502))
    with pytest.raises(Refusal, match="GET /health: expected 200, got 502"):
        Function(api.target).check(api)


@pytest.fixture
def issuer(api: Deployed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuing]:
    """The API takes its tokens, and nothing else."""
    with Issuing() as issuer:
        for name, value in issuer.settings.items():
            monkeypatch.setenv(name, value)
        targets.forget()
        yield issuer
        api.target.session.headers.update(issuer.bearer())  # to clear it
    monkeypatch.undo()
    targets.forget()


def asked(issuer: Issuing, monkeypatch: pytest.MonkeyPatch, token: str = "") -> Asked:
    """What is asked for, as the stage's settings and TOKEN= say it."""
    monkeypatch.setenv("TOKEN", token)
    dev = stages.read("dev")
    return protected.by(replace(dev, environment=dev.environment | issuer.settings))


KEYS_THERE = r"  Without a token \d+ operations answer 401; the keys of the issuer are there\."
NO_TOKEN = "  Nothing was made to try it: TOKEN= takes a token that may."


def test_a_stage_that_asks_for_tokens_is_well_where_it_refuses(
    api: Deployed, issuer: Issuing, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = spoil("nothing", as_it_is)
    health, keys, nothing, browsers = api.check(asked=asked(issuer, monkeypatch))
    assert health == "  Health: it answers, and so does DynamoDB."
    assert re.fullmatch(KEYS_THERE, keys)
    assert nothing == NO_TOKEN
    assert browsers == f"  Browsers may call from {ORIGIN}."
    path = only(api.document()).path
    begun = [re.sub(r"smoke-\w+", "7", request) for request in sent]
    for request in (f"GET {path}", f"POST {path}", *(f"{m} {path}/7" for m in ("PUT", "DELETE"))):
        assert request in begun
    assert CONFIGURATION in issuer.asked


def test_with_a_token_it_makes_something(
    api: Deployed, issuer: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = api.check(asked=asked(issuer, monkeypatch, f"Bearer {issuer.token()}"))
    assert said[2:-1] == [
        f"  /{path}: one was made, read and deleted." for path in tables(api.document())
    ]
    assert api.left() == 0


def test_a_token_that_may_not_makes_nothing(
    api: Deployed, issuer: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = only(api.document()).path
    for claims, why in (({"scope": ""}, "403 forbidden"), ({"exp": 1}, "401 token_expired")):
        said = api.check(asked=asked(issuer, monkeypatch, issuer.token(**claims)))
        told = f"  POST {path} asks for other credentials ({why}): nothing was made to try it."
        assert said[2] == told
    assert api.left() == 0


def test_notices_a_stage_that_serves_without_a_token(
    api: Deployed, issuer: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH", "none")
    monkeypatch.delenv("AUTH_ISSUER")
    targets.forget()
    path = only(api.document()).path
    line = api.refused(asked(issuer, monkeypatch))
    assert f"GET {path}: expected 401 unauthorized, and WWW-Authenticate, " in line
    assert "got 200 (request " in line


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {}),
        (401, {"Content_Type": "application/problem+json"}),
        (401, {"WWW_Authenticate": "Bearer"}),
        (401, {"Content_Type": "application/problem+json", "WWW_Authenticate": "Basic x"}),
        (403, {"Content_Type": "application/problem+json", "WWW_Authenticate": "Bearer x"}),
    ],
)
def test_notices_a_refusal_that_is_not_ours(
    api: Deployed,
    issuer: Issuing,
    spoil: Spoil,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
) -> None:
    path = only(api.document()).path
    spoil(f"GET {path}", answer(status, b'{"code": "unauthorized"}', **headers))
    line = api.refused(asked(issuer, monkeypatch))
    assert f"GET {path}: expected 401 unauthorized, and WWW-Authenticate" in line


def test_takes_the_challenge_by_the_name_that_api_gateway_gives_it(
    api: Deployed, issuer: Issuing, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renamed(given: Answer) -> Answer:
        headers = {**given.headers}
        headers["X-Amzn-Remapped-Www-Authenticate"] = headers.pop("WWW-Authenticate")
        return urllib3.HTTPResponse(given.data, headers, given.status)

    spoil(f"GET {only(api.document()).path}", renamed)
    assert re.fullmatch(KEYS_THERE, api.check(asked=asked(issuer, monkeypatch))[1])


@pytest.mark.usefixtures("patient")
def test_waits_until_tokens_are_asked_for_everywhere(
    api: Deployed, issuer: Issuing, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = iter([answer(200), answer(429)])
    spoil(
        f"GET {only(api.document()).path}",
        lambda given: next(first, as_it_is)(given),  # noqa: PLW0108  another each time
    )
    said = api.check(asked=asked(issuer, monkeypatch))
    assert said[1:3] == [
        "  Waiting for the new deployment to ask for tokens: a minute at most.",
        "  Waiting for what limits how often it may be called: a minute at most.",
    ]
    assert re.fullmatch(KEYS_THERE, said[3])


def test_notices_an_issuer_that_the_function_does_not_reach(
    api: Deployed, issuer: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.end()
    monkeypatch.setattr(calls, "SPREAD_SECONDS", 5.0)
    path = only(api.document()).path
    line = api.refused(asked(issuer, monkeypatch))
    assert f"GET {path}: expected 401 token_invalid, for its token was made up, got 503 iss" in line
    assert (
        f"The function cannot get the keys of {issuer.url}: correct AUTH_ISSUER, or AUTH_KEYS_URL; "
        "in a VPC it needs a way out, such as a NAT gateway."
    ) in line
    assert "  Waiting for the issuer of the tokens to answer: a minute at most." in api.said


def test_a_canary_is_asked_for_tokens_by_itself(
    api: Deployed, issuer: Issuing, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version that gets the most calls may be open still."""
    sent = spoil("nothing", as_it_is)
    said = Function(api.target).check(api, asked(issuer, monkeypatch))
    assert re.fullmatch(KEYS_THERE, said[1])
    assert said[2] == NO_TOKEN
    assert len(sent) == 3  # as for every canary
    sent.clear()
    said = Function(api.target).check(api, asked(issuer, monkeypatch, issuer.token()))
    assert said[2].endswith("one was made, read and deleted.")
    assert api.left() == 0


def test_a_canary_that_is_open_is_not_waited_for(
    api: Deployed, issuer: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH", "none")
    monkeypatch.delenv("AUTH_ISSUER")
    targets.forget()
    with pytest.raises(Refusal, match="expected 401 unauthorized, and WWW-Authenticate, for there"):
        Function(api.target).check(api, asked(issuer, monkeypatch))


def test_says_where_no_route_asks_for_a_token(
    api: Deployed, issuer: Issuing, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil("GET /openapi.json", answer(200, b'{"paths": {"/health": {"get": {}}}}'))
    said = api.check(asked=asked(issuer, monkeypatch))
    assert said[1] == "  No route asks for a token, though AUTH_ISSUER is set."


def test_a_token_is_one_word(issuer: Issuing, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refusal, match=r"^TOKEN= is no token: give what stands behind Bearer in Au"):
        asked(issuer, monkeypatch, "eyJ eyJ")
