"""AWS's command line, as far as docs/operations.md uses it: the real one needs another botocore.

python aws_cli.py dynamodb get-item --table-name t --key '{"id": {"S": "1"}}' --query Item
"""

import json
import sys
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.model import Shape
from botocore.session import get_session


def main(arguments: list[str]) -> None:
    service, operation, *rest = arguments
    client: Any = get_session().create_client(service)
    if operation == "wait":
        name, *rest = rest
        waiter = client.get_waiter(name.replace("-", "_"))
        waiter.wait(**parameters(client, waiter.config.operation, rest))
        return
    model = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    given = [rest.pop(rest.index(flag) + 1) for flag in ("--query", "--output") if flag in rest]
    rest = [part for part in rest if part not in ("--query", "--output")]
    asked = parameters(client, model[operation], rest)
    answer = getattr(client, xform_name(model[operation]))(**asked)
    answer.pop("ResponseMetadata", None)
    print(json.dumps(answer[given[0]] if given else answer, default=str))


def parameters(client: Any, operation: str, arguments: list[str]) -> dict[str, Any]:
    """The arguments, each as the type that the service's own description gives it."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    members = {xform_name(name, "-"): name for name in shape.members}
    found: dict[str, Any] = {}
    words = list(arguments)
    while words:
        flag, values = words.pop(0).removeprefix("--"), []
        while words and not words[0].startswith("--"):
            values.append(words.pop(0))
        yes = flag.removeprefix("no-") if flag not in members else flag
        name = members[yes]
        found[name] = value(shape.members[name], values) if values else flag == yes
    return found


def value(shape: Shape, words: list[str]) -> Any:
    if words[0].startswith("file://"):
        words = [Path(words[0].removeprefix("file://")).read_text()]
    if words[0].lstrip().startswith(("{", "[")):
        return json.loads(words[0])
    if shape.type_name == "list":
        parts = [word.split(",") for word in words]
        return [dict(p.split("=") for p in part) if "=" in part[0] else part[0] for part in parts]
    return int(words[0]) if shape.type_name == "integer" else words[0]


if __name__ == "__main__":
    main(sys.argv[1:])
