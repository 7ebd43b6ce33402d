"""Forms as browsers post them without JavaScript: application/x-www-form-urlencoded."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .call import Call
from .jsonbody import MAX_BYTES
from .operation import FORM
from .problems import Problem

MAX_FIELDS = 100


def sent(call: Call) -> bool:
    """Whether the body is a form."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def parse(raw: bytes) -> dict[str, str]:
    """The fields of a form, each of them text. Raises Problem `bad_request`."""
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise Problem("bad_request", "The form is not UTF-8.") from None
    except ValueError:
        raise Problem("bad_request", f"The form has more than {MAX_FIELDS} fields.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Problem("bad_request", "A field stands twice in the form.")
    return fields


def typed(call: Call) -> dict[str, str]:
    """What stood in the form that was sent, to be shown again: of a field that came twice the
    first, nothing where it is no form, or more than is taken, which would make a page too large.
    """
    if not sent(call) or len(call.body) > MAX_BYTES:
        return {}
    pairs = parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True)
    return dict(reversed(pairs))
