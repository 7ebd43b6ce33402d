"""The app with wares, for `python -m chalicekit.serve tests.plain_http.app`."""

from app import app
from tests import wares

__all__ = ["app"]

wares.mount(app)
