"""The contact form: a page for everybody, and a mail for each message."""

import re
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicekit import forms, log, pages
from chalicekit.endpoint import Call, Media, Response, Routes
from chalicekit.fields import Email, Model, Name, OneLine, Text
from chalicekit.mailbox import Mailbox
from chalicekit.pages import escape
from chalicekit.problems import Problem

routes = Routes(__name__, public=True)
mailbox = Mailbox("contact", most=5, seconds=60 * 60)

PAGE = Path(__file__).parent / "web/contact.html"
FIELDS = ("name", "email", "message")
OPENED = "[0-9]{1,12}"
LEAST_SECONDS = 2  # nobody reads the page and writes something in less
MAYBE = (
    "Something broke while your message was being sent, so it may have arrived. If you send it"
    " again, it may arrive twice."
)
UNREAD = "Not sent: what your browser sent cannot be read. Please open this page anew."
# What the page says where a field, or all of it, is refused; programs get the problem itself.
TOLD = {
    "required": "Please fill this in.",
    "too_short": "Please fill this in.",
    "too_long": "That is too long: {max} characters at most.",
    "email": "Please give an e-mail address such as name@example.org.",
    "invalid": "There is a character in this that cannot be sent.",
    "invalid_body": "Not sent yet: please look at what is marked below.",
    "unmarked": "Not sent: this page is an old one, or something has changed it. Please press Send"
    " once more, or open the page anew.",
    "bad_request": UNREAD,
    "media_type_unsupported": UNREAD,
    "body_too_large": "Not sent: the message is too long.",
    "too_many_requests": "Not sent: many messages came from your connection. Please send this one"
    " again in {minutes}.",
    "outcome_unknown": MAYBE,
    "internal_error": MAYBE,
    "no_answer": "There was no answer, so your message may not have arrived. Are you online?",
    "other": "Not sent: something does not work here just now. Your text is still here; please"
    " send it again later.",
}


class MessageFields(Model):
    """What a visitor writes. `website` and `opened` are for programs that fill in every form."""

    name: Annotated[Name, OneLine]
    email: Annotated[Email, OneLine]
    message: Text
    website: Annotated[
        str,
        StringConstraints(max_length=1000),
        Field(description="To be left empty: people do not see it."),
    ] = ""
    opened: Annotated[
        str,
        StringConstraints(pattern=f"^({OPENED})?$"),
        Field(
            description="When the page was made, in seconds since 1970; empty: not known.",
            json_schema_extra={"maxLength": 12},
        ),
    ] = ""


class Receipt(Model):
    """What becomes of a message."""

    status: Literal["sent"] = "sent"


@routes.get("/contact")
def contact_page(
    query: dict[str, list[str]], call: Call
) -> Annotated[Response, Media("text/html")]:
    """Show the contact form, or that a message was sent."""
    return page(call, sent="sent" in query)


def answered(call: Call, problem: Problem | None) -> Response:
    """What a browser without JavaScript gets for its form."""
    if problem is None:
        return pages.see(f"{call.prefix}/contact?sent=1")
    return page(call, problem)


@routes.post("/contact", form=answered)
def send_message(body: MessageFields, call: Call) -> Receipt:
    """Send a message to the owner of this API. Takes a form, too; five an hour from an address."""
    if reason := _robot(body):
        log.info("contact_ignored", request_id=call.request_id, reason=reason)
        return Receipt()
    mailbox.send(
        call,
        subject=f"Message from {body.name}",
        text=f"{body.name} <{body.email}> wrote:\n\n{body.message}\n",
        html=_html(body),
        reply_to=body.email,
    )
    return Receipt()


def blank() -> dict[str, str]:
    """What stands in the page where it is published elsewhere: nobody knows when it is opened."""
    return _parts({}, None, sent=False) | {"opened": ""}


def page(call: Call, problem: Problem | None = None, *, sent: bool = False) -> Response:
    """The page: blank, thankful, or with what was typed and what is wrong with it."""
    parts = _parts(forms.typed(call), problem, sent=sent)
    texts = {"action": f"{call.prefix}/contact"}
    return pages.html(PAGE, texts, parts, forms="'self'", problem=problem)


def _robot(body: MessageFields) -> str:
    """Why this was not written by a person; "" where it may have been.

    No secret signs the time: who makes one up could as well wait, and the limit holds all the same.
    """
    if body.website:
        return "trap"
    hasty = body.opened and time.time() - int(body.opened) < LEAST_SECONDS
    return "haste" if hasty else ""


def _html(body: MessageFields) -> str:
    name, email = escape(body.name), escape(body.email)
    message = escape(body.message).replace("\n", "<br>\n")
    return f"<p><b>{name}</b> &lt;{email}&gt; wrote:</p>\n<p>{message}</p>\n"


def _parts(typed: dict[str, str], problem: Problem | None, *, sent: bool) -> dict[str, str]:
    """What goes into the template, as HTML."""
    parts = {name: escape(typed.get(name, "")) for name in FIELDS}
    opened = typed.get("opened", "")
    parts["opened"] = opened if re.fullmatch(OPENED, opened) else str(int(time.time()))
    parts |= {"told": pages.data("told", TOLD), "notice": _notice(problem) if problem else ""}
    parts |= {"form": " hidden" if sent else "", "sent": "" if sent else " hidden"}
    parts["title"] = "Message sent" if sent else "Not sent: contact" if problem else "Contact"
    wrong = _wrong(problem) if problem else {}
    for name in FIELDS:
        first = " autofocus" if name == next(iter(wrong), "") else ""
        parts[f"{name}_wrong"] = escape(wrong.get(name, ""))
        parts[f"{name}_state"] = f' aria-invalid="true"{first}' if name in wrong else ""
    return parts


def _wrong(problem: Problem) -> dict[str, str]:
    """What is wrong with each field, in the order of the page."""
    codes = {error.get("pointer", "")[1:]: error for error in problem.errors}
    return {
        name: TOLD.get(
            name if codes[name]["code"] == "invalid" else codes[name]["code"], TOLD["invalid"]
        ).format(**codes[name]["params"])
        for name in FIELDS
        if name in codes
    }


def _notice(problem: Problem) -> str:
    minutes = -(-int(problem.headers.get("Retry-After", 60)) // 60)
    unmarked = problem.code == "invalid_body" and not _wrong(problem)
    told = TOLD.get("unmarked" if unmarked else problem.code, TOLD["other"])
    return escape(told.format(minutes="a minute" if minutes == 1 else f"{minutes} minutes"))
