"""What calls a handler as Lambda's own loop does: events come in by a pipe, answers go out.

    python loop.py app.handler

A line is an event in JSON, and so is its answer. The line `fork` lets a child go on, which says
its process id, until the line `end`: what came before it is then counted once, for several counts.
"""

import importlib
import json
import os
import sys


class Context:
    """Of Lambda's context object, what handlers read."""

    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "benchmark")
    memory_limit_in_mb = "1024"
    invoked_function_arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{function_name}"
    aws_request_id = "8f507cfc-9d35-4cd7-9f0e-1b5a5c2f6a10"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 29_000


def main(name: str) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a handler prints goes to the log
    module, _, attribute = name.rpartition(".")
    handler = getattr(importlib.import_module(module), attribute)
    for line in iter(sys.stdin.readline, ""):
        if line == "fork\n":
            answer = _forked()
        elif line == "end\n":
            os._exit(0)  # as Lambda ends a process: nothing is cleaned up
        else:
            answer = handler(json.loads(line), Context)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _forked() -> int | None:
    """The child's process id there, and None in the parent, once the child is gone."""
    if child := os.fork():
        os.waitpid(child, 0)
        return None
    return os.getpid()


if __name__ == "__main__":
    main(sys.argv[1])
