"""What is pushed, what is there already, and what cannot be."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.image.registry import DEV, ID, Pusher, Registry
from tools import aws
from tools.image import build, push
from tools.image.pushed import Pushed
from tools.refusals import Refusal

NAME = f"{DEV.repository}:abc"
OTHER = f"sha256:{'9' * 64}"
MOVED = (
    f"{NAME} is another image already (of another base or engine, or of other source), and tags do "
    "not move: choose another TAG=, or leave it out."
)
OWN = f"abc-{'1' * 12}"
TAKEN = (
    f"  {NAME} is another image (of another base or engine, or of other source): this one gets the "
    f"tag {OWN}."
)


@pytest.fixture(autouse=True)
def _no_tag_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAG", raising=False)


def pushed(registry: Registry, engine: Pusher, **image: str) -> Pushed:
    return push.push(engine.image(**image), registry.repository, registry.shown.append)


def refused(registry: Registry, engine: Pusher) -> str:
    with pytest.raises(Refusal) as raised:
        pushed(registry, engine)
    line = str(raised.value)
    assert "\n" not in line
    return line


def failing(line: str, first: Callable[[str], object] = str) -> Pusher:
    """An engine whose push breaks, after it has done something."""

    def fail(tag: str) -> None:
        first(tag)
        raise Refusal(line)

    return Pusher(fail)


def test_it_is_pushed_with_the_credentials_of_ecr(registry: Registry) -> None:
    engine = Pusher(registry.put)
    there = pushed(registry, engine)
    assert there.config == ID
    (asked,) = engine.asked
    assert asked == {
        "reference": NAME,
        "to": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{NAME}",
        "user": "AWS",
        "password": "123456789012-auth-token",
        "insecure": False,
    }
    assert registry.shown[-1] == f"  Pushing {NAME}."


def test_the_same_is_not_pushed_again(registry: Registry) -> None:
    engine = Pusher(registry.put)
    first = pushed(registry, engine)
    assert pushed(registry, engine) == first
    assert len(engine.asked) == 1
    assert registry.shown[-1] == f"  {NAME} is in the repository already."


def test_an_id_may_be_the_digest(registry: Registry) -> None:
    """Docker's containerd store calls an image by its manifest."""
    engine = Pusher(lambda tag: registry.put(tag, OTHER))
    _ = registry.repository
    digest = registry.put("abc", OTHER)
    assert pushed(registry, engine, image_id=digest).digest == digest


def test_a_commit_whose_tag_another_image_has(registry: Registry) -> None:
    """The same source on a base that AWS has patched since, or by another engine."""
    _ = registry.repository
    registry.put("abc", OTHER)
    engine = Pusher(registry.put)
    there = pushed(registry, engine)
    assert (there.config, registry.repository.find(OWN)) == (ID, there)
    assert registry.shown[-2:] == [TAKEN, f"  Pushing {DEV.repository}:{OWN}."]
    assert pushed(registry, engine) == there
    assert len(engine.asked) == 1


def test_a_tag_that_was_asked_for_and_that_another_image_has(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAG", "abc")
    _ = registry.repository
    registry.put("abc", OTHER)
    engine = Pusher(registry.put)
    assert refused(registry, engine) == MOVED
    assert engine.asked == []


def test_a_push_that_breaks_is_given_again(registry: Registry) -> None:
    line = f"{NAME} could not be pushed (EOF): the same command may be given again."
    assert refused(registry, failing(line)) == line
    assert pushed(registry, Pusher(registry.put)).config == ID


def test_a_push_that_breaks_after_its_end(registry: Registry) -> None:
    assert pushed(registry, failing("EOF", registry.put)).config == ID


def test_another_clone_pushes_in_the_same_moment(registry: Registry) -> None:
    """The same source is the same image; beside another one it gets a tag of its own."""
    line = f"{NAME} is there already, and tags are immutable: commit, or add TAG=<another>."
    assert pushed(registry, failing(line, registry.put)).config == ID
    registry.ecr.client.delete_repository(repositoryName=DEV.repository, force=True)
    other = failing(line, lambda tag: registry.put(tag, OTHER if tag == "abc" else ID))
    there = pushed(registry, other)
    assert (there.config, registry.repository.find(OWN)) == (ID, there)
    assert TAKEN in registry.shown


def test_an_engine_that_says_nothing_went_wrong(registry: Registry) -> None:
    line = refused(registry, Pusher(str))
    assert line == f"{NAME} was pushed, and is not there: give the same command again."


def test_a_grant_that_lacks_at_the_registry(registry: Registry) -> None:
    """The registry's own requests are refused to the engine."""
    said = (
        "123456789012.dkr.ecr.us-east-1.amazonaws.com refuses the push (denied: User: arn:aws:iam::"
        "123456789012:user/me is not authorized to perform: ecr:InitiateLayerUpload): may these "
        "credentials push there?"
    )
    line = refused(registry, failing(said))
    assert line == f"{said} infra/push.json is the policy that a push needs."


@pytest.mark.parametrize(
    ("made", "odd"),
    [
        ({"index": True}, "an index of several images"),
        (
            {"layer": "application/vnd.oci.image.layer.v1.tar+zstd"},
            "application/vnd.oci.image.layer.v1.tar+zstd",
        ),
    ],
)
def test_what_lambda_does_not_take(registry: Registry, made: dict[str, Any], odd: str) -> None:
    _ = registry.repository
    digest = registry.put("abc", **made)
    with pytest.raises(Refusal) as raised:
        pushed(registry, Pusher(str), image_id=digest)
    assert str(raised.value) == (
        f"Lambda does not take {NAME}, which holds {odd}: push one image of one platform, without "
        "attestations, its layers compressed by gzip."
    )


@pytest.mark.parametrize("denied", ["get_authorization_token", "batch_get_image"])
def test_a_grant_that_lacks_is_named(registry: Registry, denied: str) -> None:
    registry.ecr.denied = {denied}
    line = refused(registry, Pusher(registry.put))
    assert line == (
        f"These credentials may not do ecr:{denied.title().replace('_', '')} on the repository "
        f"{DEV.repository}: infra/push.json is the policy that a push needs."
    )


def test_nothing_is_built_where_nothing_may_be_pushed(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "account", lambda _: registry.account)
    monkeypatch.setattr(build, "build", lambda *_, **__: pytest.fail("It was built."))
    monkeypatch.setattr(sys, "argv", ["make push", "--stage", "dev"])
    registry.ecr.denied = {"describe_repositories"}
    with pytest.raises(Refusal, match=r"ecr:DescribeRepositories"):
        push.main()


def test_the_last_line_is_the_image_by_its_digest(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = Pusher(registry.put)
    monkeypatch.setattr(aws, "account", lambda _: registry.account)
    monkeypatch.setattr(build, "build", lambda *_, **__: engine.image())
    monkeypatch.setattr(sys, "argv", ["make push", "--stage", "dev"])
    push.main()
    *_, last = capsys.readouterr().out.splitlines()
    there = registry.repository.find("abc")
    assert there is not None
    assert last == registry.repository.uri(there)
