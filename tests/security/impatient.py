"""As app.py, with an issuer that is asked again soon: a test does not wait for half a minute."""

from app import app
from chalicekit import issuer

issuer.PAUSE = 1
issuer.PAUSE_EMPTY = 1
issuer.FRESH = 2

__all__ = ["app"]
