"""How a command of make ends where it cannot go on: with one line, and exit code 1."""

from __future__ import annotations

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError


class Refusal(Exception):
    """It cannot be done; the message is one line that says what to do."""


def ended(command: Callable[[], None]) -> None:
    """Run a command. What it raises ends the process with a line, and without a trace."""
    try:
        command()
    except Refusal as refusal:
        sys.exit(str(refusal))
    except ClientError as error:
        sys.exit(answered(error))
    except BotoCoreError as error:
        sys.exit(f"AWS cannot be asked: {str(error).rstrip('.')}.")
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command may be given again.")


def answered(error: ClientError) -> str:
    """The line for what AWS refused."""
    told = error.response.get("Error", {})
    return f"AWS refused {error.operation_name}: {told.get('Message', '').rstrip('.')}."
