"""ministack's functions of PackageType Image, run as Lambda runs them.

It is installed in the process of tests/cloud_server.py, where ministack would ask a Docker daemon.
An image is pulled by its digest from ministack's own registry, with credentials and by a policy of
the repository that lets Lambda do so; its entry point runs with the function's variables and the
credentials of its role, in as many environments as calls come at once. Another configuration, or
another version, gets other environments.
"""

import hashlib
import json
import os
import re
import tempfile
import threading
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ministack.core.lambda_runtime import execution_credentials
from ministack.services import lambda_svc

from tests.images import registry
from tests.images.container import Container
from tests.images.environment import Environment, lambda_variables
from tests.images.pool import Pool
from tests.images.store import Store, driver, locked

URI = re.compile(r"[^/]+/(?P<name>.+)@(?P<digest>sha256:[0-9a-f]{64})")
# What an environment is made from: where one of these is another, so are the environments.
MADE_FROM = ("ImageUri", "ImageConfigResponse", "Environment", "MemorySize", "Timeout", "Role")

_others = lambda_svc._execute_function_docker
_pools: dict[str, tuple[str, Pool]] = {}
_lock = threading.Lock()


def install(folder: Path) -> None:
    """`folder` takes the images and what environments write; what is in it came by the registry."""

    @cache
    def store() -> Store:
        return Store(folder / "images", driver(folder))

    def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        config = func.get("config") or func
        if config.get("PackageType") != "Image":
            other: dict[str, Any] = _others(func, event, request_id)
            return other
        try:
            pool = _pool(config, folder, store())
        except (RuntimeError, ValueError) as error:
            body = {"errorType": "ImageAccessDenied", "errorMessage": str(error)}
            return {"body": body, "error": True, "log": str(error)}
        outcome = pool.invoke(json.dumps(event).encode())
        result = {"body": json.loads(outcome.payload or b"null"), "log": outcome.log}
        return result | ({"error": True} if outcome.failed else {})

    lambda_svc._execute_function_docker = execute


def _pool(config: Mapping[str, Any], folder: Path, store: Store) -> Pool:
    name = f"{config['FunctionArn']}:{config.get('Version', '$LATEST')}"
    text = json.dumps([config.get(part) for part in MADE_FROM], sort_keys=True)
    made_from = hashlib.sha256(text.encode()).hexdigest()
    with _lock:
        key, pool = _pools.get(name, ("", None))
        if pool is None or key != made_from:
            if pool:
                pool.retire()
            pool = _started(config, folder, store)
            _pools[name] = (made_from, pool)
        return pool


def _started(config: Mapping[str, Any], folder: Path, store: Store) -> Pool:
    own = (config.get("ImageConfigResponse") or {}).get("ImageConfig", {})
    container = _container(store, config["ImageUri"], unqualified(config), *own.get("Command", []))
    variables = _variables(config)
    seconds = float(config.get("Timeout", 3))

    def start() -> Environment:
        given = variables | execution_credentials(dict(config))
        arn = config["FunctionArn"]
        return Environment(container, given, folder, seconds=seconds, arn=arn)

    return Pool(start)


@cache
def _container(store: Store, uri: str, function: str, *command: str) -> Container:
    return Container(store, pulled(uri, store, function), command)


def unqualified(config: Mapping[str, Any]) -> str:
    """The function's ARN, without the version that one of its versions has there."""
    arn: str = config["FunctionArn"]
    return ":".join(arn.split(":")[:7])


def _variables(config: Mapping[str, Any]) -> dict[str, str]:
    own = lambda_svc._runtime_env_vars(dict(config))
    _, region = lambda_svc._account_region_from_function_config(dict(config))
    names = lambda_variables(
        config["FunctionName"],
        version=config.get("Version", "$LATEST"),
        memory=int(config.get("MemorySize", 128)),
        region=region,
        group=(config.get("LoggingConfig") or {}).get("LogGroup", ""),
    )
    endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"}
    return {**endpoint, **own, **names}


def pulled(uri: str, store: Store, function: str) -> str:
    """The name in the store of an image that is asked for by its digest, for a function by its ARN.
    A ValueError where it is asked for otherwise: Lambda would take a tag, and nobody would know
    what runs.
    """
    found = URI.fullmatch(uri)
    if not found:
        raise ValueError(f"{uri}: no image by its digest")
    place = f"127.0.0.1:{os.environ['GATEWAY_PORT']}"
    own = f"AWS:{registry.password(function)}"
    login = {"auth": b64encode(own.encode()).decode()}
    with tempfile.TemporaryDirectory() as folder, locked(store.folder / "pull.lock"):
        file = Path(folder, "auth.json")
        file.write_text(json.dumps({"auths": {place: login}}))
        source = f"docker://{place}/{found['name']}@{found['digest']}"
        return store.buildah(
            "pull", "--quiet", "--tls-verify=false", "--authfile", str(file), source
        )
