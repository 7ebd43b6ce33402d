"""What only the first requests would make, made ahead of them: by a scheduled warm-up."""

from __future__ import annotations

from contextlib import suppress

from botocore.exceptions import BotoCoreError

from . import dynamodb, settings


def up() -> None:
    """Read the settings, make the client, import what writes need, fetch the issuer's keys.

    What is wrong with the settings is told to requests.
    """
    with suppress(settings.SettingError, BotoCoreError):
        configured = settings.current()
        dynamodb.client()
        if configured.trust:
            from . import tokens  # no part of a stage that is open

            tokens.warm()
    with suppress(ImportError):  # an API without e-mail addresses may have dropped it
        import email_validator  # noqa: F401 - fields.py looks it up at the first write
