"""Charts in their bucket: drawn once, found again by what they show, sent or linked to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from chalicekit.answers import Headers, unchanged
from chalicekit.endpoint import Call, Response
from chalicekit.fields import iso
from chalicekit.problems import NotFound
from chalicelib.charts import PNG, SVG, Chart, Description, charts, sent

VERSION = 1  # of the drawing: counted up where the same description is to look otherwise
RENEWED = timedelta(days=15)  # half of the bucket's lifetime: who posts again has a link that lasts
LINK_SECONDS = 300
# Shown by itself, an image must not do what a page can.
SAFE: Headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
LASTING: Headers = {"Cache-Control": "public, max-age=31536000, immutable"}


def create(chart: Description, call: Call) -> Chart:
    """Draw and keep a chart that is not there, or not for long any more. Raises BadBody."""
    from chalicelib.charts import drawing, rules  # for who only looks at a chart, this is enough

    rules.check(chart)
    key = identity(chart)
    now, found = datetime.now(UTC), charts.put_at(key, call)
    call.replayed = found is not None and now - found < RENEWED
    if not call.replayed:
        image = drawing.draw(chart)
        data = drawing.rendered(image) if chart.format == "png" else image.encode()
        charts.put(key, data, PNG if chart.format == "png" else SVG, call)
    made = iso(found if found and call.replayed else now)
    return Chart(
        id=key,
        url=f"{call.prefix}/charts/{key}",
        type=chart.type,
        format=chart.format,
        width=chart.width,
        height=chart.height,
        created_at=made,
        updated_at=made,
        etag=key,
    )


def preview(chart: Description) -> Response:
    """A chart as SVG. Raises BadBody."""
    from chalicelib.charts import drawing, rules  # as in `create`

    rules.check(chart)
    headers: Headers = {"Content-Type": SVG, "Cache-Control": "no-store"}
    return Response(drawing.draw(chart), headers | SAFE)


def image(key: str, call: Call) -> Response:
    """The image itself, or a link to it that works for minutes. Raises NotFound."""
    first = call.headers.get("accept", "").split(",")[0].split(";")[0].strip().lower()
    headers: Headers = {"ETag": f'"{key}"', "Vary": "Accept", **LASTING}
    whole = first in (PNG, SVG) or sent.current() == "bytes"
    if whole and not unchanged(call, key):
        data, kind = charts.get(key, call)
        if first not in (PNG, SVG) or first == kind:
            body = data.decode(errors="replace") if kind == SVG else data
            return Response(body, headers | SAFE | {"Content-Type": kind})
    elif charts.put_at(key, call) is None:  # which fetches nothing
        charts.check(call)
        raise NotFound
    elif whole:
        return Response("", headers, 304)
    where = charts.link(key, LINK_SECONDS, call)
    brief = f"private, max-age={LINK_SECONDS // 2}"
    return Response("", {"Location": where, "Vary": "Accept", "Cache-Control": brief}, 302)


def identity(chart: Description) -> str:
    """The key of a chart: a hash of all that decides what it looks like."""
    said = json.dumps([VERSION, chart.model_dump()], sort_keys=True, separators=(",", ":"))
    return sha256(said.encode()).hexdigest()[:40]
