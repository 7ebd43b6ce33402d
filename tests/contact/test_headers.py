"""No input adds or changes a header of the mail: what becomes one is parsed as a mail has it."""

from collections.abc import Iterator
from email.parser import HeaderParser
from email.policy import SMTP, compat32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicekit import mail
from tests.contact.client import ADDRESS, Form
from tests.contact.ses import Ses
from tests.targets import Configure

pytestmark = pytest.mark.configures

BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
PIECES = ["Bcc: eve@example.org", "\r\n\r\n", "=?utf-8?q?=0ABcc:x?=", '"', "<", ">", ",", "@", ":"]
hostile = st.lists(
    st.one_of(st.sampled_from([*BREAKS, *PIECES]), st.text(max_size=4)), max_size=8
).map("".join)
names = st.one_of(hostile, hostile.map(lambda text: "".join(c for c in text if c not in BREAKS)))
locals_ = st.text("abcXYZ0123456789.!#$%&'*+/=?^_`{|}~-é\n\r \"(),:;<>@[\\]\u2028", max_size=12)
addresses = st.one_of(
    hostile,
    st.builds("{}@example.org".format, locals_),
    st.builds(
        "ada@{}".format, st.sampled_from(["bücher.example", "例え.jp", "[127.0.0.1]", "a b"])
    ),
    st.builds("ada@example.org{}".format, hostile),
)


@pytest.fixture(scope="module")
def ses() -> Iterator[Ses]:
    with Ses() as running:
        yield running


@pytest.fixture
def sending(form: Form, ses: Ses, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> Form:
    configure(AWS_ENDPOINT_URL_SESV2=ses.url)
    monkeypatch.setattr("chalicekit.limits.take", lambda *_: None)
    return form


# The fixture only says where mail goes: one for all examples will do.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(name=names, email=addresses, message=hostile)
def test_no_header_can_be_injected(
    sending: Form, ses: Ses, name: str, email: str, message: str
) -> None:
    ses.asked.clear()
    if sending.posted(name=name, email=email, message=message or "x").status_code == 422:
        assert ses.asked == []
        return
    (asked,) = ses.asked
    assert asked.keys() == {
        *("path", "FromEmailAddress", "Destination", "ReplyToAddresses", "Content")
    }
    assert asked["FromEmailAddress"] == ADDRESS
    assert asked["Destination"] == {"ToAddresses": [ADDRESS]}
    simple = asked["Content"]["Simple"]
    assert asked["Content"].keys() == {"Simple"}
    assert simple.keys() == {"Subject", "Body"}
    headers = {"Subject": simple["Subject"]["Data"]}
    if asked["ReplyToAddresses"]:
        (headers["Reply-To"],) = asked["ReplyToAddresses"]
    # As a careless program would write them, and as one reads them.
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\nbody"
    for policy in (SMTP, compat32):
        found = HeaderParser(policy=policy).parsestr(raw)
        assert found.keys() == [*headers]
        assert found.get_payload() == "body"
    if replied := headers.get("Reply-To"):
        assert replied.isascii()
        parsed = HeaderParser(policy=SMTP).parsestr(raw)["Reply-To"].addresses
        assert [one.addr_spec for one in parsed] == [replied]


@pytest.mark.parametrize(
    ("email", "replies"),
    [
        ("Ada@Example.ORG", ["Ada@example.org"]),
        ("ada@bücher.example", ["ada@xn--bcher-kva.example"]),
        ("ädä@example.org", []),  # SES takes none of these; the address stands in the text
    ],
)
def test_whom_the_answer_goes_to(sending: Form, ses: Ses, email: str, replies: list[str]) -> None:
    ses.asked.clear()
    assert sending.json(email=email).status_code == 200
    assert ses.asked[0]["ReplyToAddresses"] == replies
    text = ses.asked[0]["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert f"<{email.partition('@')[0]}@" in text


@pytest.mark.parametrize("line", BREAKS)
@pytest.mark.parametrize("header", ["sender", "receiver", "subject"])
def test_the_kit_itself_sends_no_such_header(ses: Ses, header: str, line: str) -> None:
    headers = {"sender": ADDRESS, "receiver": ADDRESS, "subject": "x"} | {header: f"x{line}y"}
    ses.asked.clear()
    with pytest.raises(ValueError, match="one line"):
        mail.send(**headers, text="x", html="x", reply_to="ada@example.org")
    assert ses.asked == []
