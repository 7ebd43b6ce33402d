"""Settings, read from the environment at first use and kept until `reset()`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

TRUE = {"1", "true", "yes", "on"}
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]+")  # scheme, host, and port, if any
FALSE = {"", "0", "false", "no", "off"}


class SettingError(Exception):
    """A setting is missing or makes no sense; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One stage's settings; docs/settings.md says what each does."""

    app_name: str
    stage: str
    auth: str
    origins: tuple[str, ...]
    cors_headers: tuple[str, ...]
    cors_credentials: bool
    require_if_match: bool
    log_level: str
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        """Whether this runs on a developer's machine, where traces may be printed."""
        return self.stage == "local"

    @property
    def refusing(self) -> str:
        """What to set, where this stage may serve nobody yet; "" where it may."""
        if self.auth == "none":
            return ""
        return "set AUTH=none to serve this stage without authentication"

    def table(self, name: str) -> str:
        """The full name of a table, such as `users-api-dev-users`."""
        return self.tables.get(name) or f"{self.app_name}-{self.stage}-{name}"


@cache
def current() -> Settings:
    """The settings of this process.

    Raises SettingError where one makes no sense.
    """
    return read(os.environ)


def read(env: Mapping[str, str]) -> Settings:
    """The settings that an environment makes. Raises SettingError as `current`."""
    settings = Settings(
        app_name=env.get("APP_NAME", ""),
        stage=env.get("STAGE", ""),
        auth=env.get("AUTH", ""),
        origins=_words("ORIGINS", env),
        cors_headers=_words("CORS_HEADERS", env),
        cors_credentials=_switch("CORS_CREDENTIALS", env),
        require_if_match=_switch("REQUIRE_IF_MATCH", env),
        log_level=env.get("LOG_LEVEL", "INFO").upper(),
        tables={
            name[len("TABLE_") :].lower().replace("_", "-"): value
            for name, value in env.items()
            if name.startswith("TABLE_") and value
        },
    )
    if not settings.app_name or not settings.stage:
        raise SettingError("set APP_NAME and STAGE: table names are made from them")
    for origin in settings.origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingError(
                f"ORIGINS: {origin} is no origin; one is like https://app.example.com"
            )
    if "*" in settings.origins and settings.cors_credentials:
        raise SettingError("ORIGINS=* and CORS_CREDENTIALS exclude each other: name the origins")
    if settings.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingError("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR")
    return settings


def reset() -> None:
    """Read the environment again at next use."""
    current.cache_clear()


def _words(name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in env.get(name, "").split(",")) if word)


def _switch(name: str, env: Mapping[str, str]) -> bool:
    value = env.get(name, "").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise SettingError(f"{name} must be true or false")
