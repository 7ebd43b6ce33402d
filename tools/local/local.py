"""`chalice local`, on a local AWS: what happens between loading app.py and serving it.

LOCAL_AWS=off serves the real tables of the stage, with the developer's credentials. Else a set
AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_DYNAMODB) is used, and its tables are made. Else this
clone's ministack is.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from typing import Any, NoReturn

from chalice import local as chalice_local
from chalice.app import Chalice
from chalice.config import Config
from chalice.constants import DEFAULT_STAGE_NAME

from tools import checks, connect, refusals
from tools.local import callers, faults, localaws, mails, processes, run, watch
from tools.resources import matching

LOOK_SECONDS = 0.25
AGAIN_SECONDS = 10.0


def prepare() -> None:
    """Make `chalice local` serve as this module says. To be called where app.py is loaded.

    Other commands, such as `chalice package`, load app.py too, but never make a server.
    """
    from chalicekit import devserver

    devserver.install()
    # `chalice local` logs everything from INFO on; botocore then tells where it found credentials.
    logging.getLogger("botocore").setLevel(logging.WARNING)
    serve = chalice_local.LocalDevServer.__init__

    def begin(
        server: Any, app: Chalice, config: Config, host: str, port: int, *rest: Any, **more: Any
    ) -> None:
        try:
            serve(server, app, config, host, port, *rest, **more)  # takes the port: first
        except OverflowError:
            end(f"Port {port}: give a number from 1 to {run.TOP}.")
        except OSError as error:
            end(run.taken(port, error))
        try:
            again = "CHALICE_WORKER" in os.environ and watch.start(before_restart=server.shutdown)
            lines = ready(app, config, host, port)
        except Exception as error:  # noqa: BLE001  raised, it would leave a port that never answers
            end(f"Not served: {refusals.unforeseen(error)}")
        if not again:
            print("\n".join(lines), flush=True)

    chalice_local.LocalDevServer.__init__ = begin  # type: ignore[assignment,method-assign]  # no other way in


def ready(app: Chalice, config: Config, host: str, port: int) -> list[str]:
    """Get everything that a request needs; gives the lines that say what is served."""
    if wrong := checks.misnamed() or "\n".join(matching.mismatches()):
        end(wrong)
    try:
        lines = [aws(config), faults.install(app), callers.settle(host)]
        lines.append(
            mails.install(app, f"http://{host}:{port}") if host in callers.LOOPBACK else ""
        )
    except (localaws.LocalAwsError, faults.FaultError, refusals.Refusal) as error:
        end(str(error))
    from chalicekit import dynamodb, settings

    settings.reset()
    dynamodb.reset()
    try:
        settings.current()
        for choice in settings.CHOICES:
            choice.current()
    except settings.SettingError as error:  # else each request would be told so
        end(f"{error}.")
    return [line for line in lines if line]


def aws(config: Config) -> str:
    """Set the environment for the AWS that is meant, and give a line that says which."""
    stage = config.chalice_stage
    if os.environ.get("LOCAL_AWS", "").lower() == "off":
        if lacking := connect.lacking():
            end(lacking)
        return f"Real AWS: the tables of stage {stage}, with your credentials (LOCAL_AWS=off)."
    for name in config.environment_variables or {}:
        os.environ.pop(name, None)  # of the stage that was asked for, dev where none was
    connect.enter_stage("local")
    # The reloader's parent lives as long as the command; this worker only until the next edit.
    owner = os.getppid() if "CHALICE_WORKER" in os.environ else os.getpid()
    own, line = connect.own_endpoint(), connect.local(owner)
    if not own:
        threading.Thread(target=keep, args=(owner, processes.identity(owner)), daemon=True).start()
    if stage not in ("local", DEFAULT_STAGE_NAME):
        line += f" Not stage {stage}: LOCAL_AWS=off serves that one, on the real AWS."
    return line


def keep(owner: int, identity: str) -> None:
    """Start the local AWS again where it ends before its owner."""
    from chalicekit import dynamodb

    while processes.alive(owner, identity):
        time.sleep(LOOK_SECONDS)
        if not localaws.gone() or not processes.alive(owner, identity):
            continue
        try:
            url = connect.use(owner)
        except (localaws.LocalAwsError, OSError) as error:
            print(error, flush=True)
            time.sleep(AGAIN_SECONDS)
            continue
        dynamodb.reset()
        print(f"The local AWS had ended: it is started again, on {url}.", flush=True)


def end(message: str) -> NoReturn:
    """End this process with one line: an exception would leave the reloader's parent waiting."""
    print(message, file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(1)
