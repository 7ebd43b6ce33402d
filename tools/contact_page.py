"""The contact form as one file, for a site that is published elsewhere, such as on S3.

    python -m tools.contact_page https://abc123.execute-api.eu-central-1.amazonaws.com/api

writes .local/contact.html, whose form goes to that API. With JavaScript the page stays where it is,
and the API must know its origin (ORIGINS); without it the API's own page says what became of it.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from tools import ROOT, kit

FILE = ROOT / ".local/contact.html"
CHARSET = '<meta charset="utf-8">\n'
POLICY = '<meta http-equiv="Content-Security-Policy" content="{}">\n'
NOT_IN_PAGES = "frame-ancestors"  # only a header can say it


def main(arguments: list[str]) -> None:
    """Write the file, and tell what else it takes. Ends with one line where there is no URL."""
    parts = urlsplit(arguments[0] if len(arguments) == 1 else "")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        sys.exit("Give the address of the API: python -m tools.contact_page https://...")
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(page(arguments[0].rstrip("/")), encoding="utf-8")
    print(f"Wrote {FILE.relative_to(ROOT)}: put it where your site is. The API must have the")
    print("origin of that site among its ORIGINS.")


def page(url: str) -> str:
    """The page, whose form goes to the API at this address."""
    kit.on_path()
    from chalicekit import pages
    from chalicelib import contact

    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    values = contact.blank() | {"action": escape(f"{url}/contact")}
    text, policy = pages.filled(Path(contact.PAGE), {}, values, connect=origin, forms=origin)
    kept = "; ".join(part for part in policy.split("; ") if not part.startswith(NOT_IN_PAGES))
    return text.replace(CHARSET, CHARSET + POLICY.format(escape(kept)), 1)


if __name__ == "__main__":
    main(sys.argv[1:])
