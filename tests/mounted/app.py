"""The app with these sites, for `python -m chalicekit.serve tests.mounted.app:app`."""

from app import app
from tests.mounted import sites

__all__ = ["app"]

sites.mount(app)
