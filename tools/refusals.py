"""How a command of make ends where it cannot go on: with one line, and exit code 1."""

from __future__ import annotations

import os
import sys
import traceback
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
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads: `| head`
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  the boundary: told in a line, with its place
        sys.exit(unforeseen(error))


def unforeseen(error: Exception) -> str:
    """A line for what nobody thought of, with the place that raised it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {error}".rstrip(".: ")
    return f"{said} ({place.filename}, line {place.lineno})."


def answered(error: ClientError) -> str:
    """The line for what AWS refused."""
    told = error.response.get("Error", {})
    return f"AWS refused {error.operation_name}: {told.get('Message', '').rstrip('.')}."
