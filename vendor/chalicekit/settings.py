"""Settings, read from the environment at first use and kept until `reset()`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trust import Trust

TRUE = {"1", "true", "yes", "on"}
_ORIGIN = r"[a-z][a-z0-9+.-]*://[^/?#\s]+"  # scheme, host, and port, if any
PRODUCTION = ("prd", "prod", "live")  # how a part of the names of such stages begins
MOST_A_MINUTE = 1_000_000
FALSE = {"", "0", "false", "no", "off"}


class SettingError(Exception):
    """A setting is missing or makes no sense; the message says what to set."""


class Choice:
    """A feature's setting that takes one of a few words; unset, it is the first of them.

    It is made at import, so that `make deploy` knows of it.
    """

    def __init__(self, feature: str, name: str, *words: str) -> None:
        self.feature, self._name, self._words = feature, name, words
        CHOICES.append(self)

    def current(self) -> str:
        """The word of this process. Raises SettingError."""
        return self.of(feature(self.feature))

    def of(self, given: Mapping[str, str]) -> str:
        """The word, by the feature's settings. Raises SettingError."""
        word = given.get(self._name, self._words[0])
        if word not in self._words:
            name = f"{self.feature.upper().replace('-', '_')}_{self._name}"
            raise SettingError(f"{name} must be {' or '.join(self._words)}")
        return word


CHOICES: list[Choice] = []  # of all modules that were imported


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
    rate_limit: int = 0  # requests a minute that a caller may send; 0: not counted
    trust: Trust | None = None  # whose tokens are accepted; None where AUTH_ISSUER is not set
    open_stage: str = ""  # the production stage that AUTH=none is meant for
    tables: dict[str, str] = field(default_factory=dict)
    buckets: dict[str, str] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        """Whether this runs on a developer's machine, where traces may be printed."""
        return self.stage == "local"

    @property
    def refusing(self) -> str:
        """What to set, where this stage may serve nobody yet; "" where it may."""
        if self.auth not in ("", "none"):
            return "AUTH must be none, or unset where AUTH_ISSUER says whose tokens are accepted"
        if self.trust:
            return self.auth and "set AUTH=none or AUTH_ISSUER, not both: they exclude each other"
        if not self.auth:
            return (
                "set AUTH_ISSUER and AUTH_AUDIENCE to say whose tokens are accepted, "
                "or AUTH=none to serve this stage without authentication"
            )
        if self.production and self.open_stage != self.stage:
            return (
                f"set AUTH_NONE_STAGE={self.stage}, too, if everybody may really read and change "
                "what is in production (AUTH=none), or AUTH_ISSUER and AUTH_AUDIENCE"
            )
        return ""

    @property
    def production(self) -> bool:
        """Whether the stage is by its name one where AUTH=none alone may be a slip."""
        parts = self.stage.lower().replace("_", "-").split("-")
        return any(part.startswith(PRODUCTION) for part in parts)

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
        rate_limit=_rate_limit(env.get("RATE_LIMIT", "")),
        trust=_trust(env),
        open_stage=env.get("AUTH_NONE_STAGE", ""),
        tables=_named("TABLE_", env),
        buckets=_named("BUCKET_", env),
    )
    _check(settings)
    return settings


@cache
def feature(name: str) -> Mapping[str, str]:
    """What this process sets for one feature, as `of_feature` reads it."""
    return of_feature(name, os.environ)


def of_feature(name: str, env: Mapping[str, str]) -> dict[str, str]:
    """What an environment sets for one feature: of contact, CONTACT_FROM as `FROM`."""
    start = f"{name.upper().replace('-', '_')}_"
    return {k.removeprefix(start): v for k, v in env.items() if k.startswith(start) and v}


def _check(settings: Settings) -> None:
    if not settings.app_name or not settings.stage:
        raise SettingError("set APP_NAME and STAGE: table names are made from them")
    for origin in settings.origins:
        if origin != "*" and not re.fullmatch(_ORIGIN, origin):
            raise SettingError(
                f"ORIGINS: {origin} is no origin; one is like https://app.example.com"
            )
    if "*" in settings.origins and settings.cors_credentials:
        raise SettingError("ORIGINS=* and CORS_CREDENTIALS exclude each other: name the origins")
    if settings.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingError("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR")
    if any(":" in table for table in settings.tables.values()):
        raise SettingError("TABLE_... takes the name of a table, not its ARN")


def reset() -> None:
    """Read the environment again at next use."""
    current.cache_clear()
    feature.cache_clear()


def _trust(env: Mapping[str, str]) -> Trust | None:
    if not env.get("AUTH_ISSUER"):
        return None
    from . import trust  # no part of the cold start of a stage that is open

    try:
        return trust.read(env)
    except ValueError as error:
        raise SettingError(str(error)) from None


def _rate_limit(value: str) -> int:
    if not value:
        return 0
    if not (value.isascii() and value.isdigit() and len(value) < 8) or int(value) > MOST_A_MINUTE:
        raise SettingError(
            f"RATE_LIMIT must be a whole number of requests a minute, at most {MOST_A_MINUTE}"
        )
    return int(value)


def _named(start: str, env: Mapping[str, str]) -> dict[str, str]:
    """The values of TABLE_USERS, TABLE_ORDER_LINES, ..., by users, order-lines, ..."""
    return {
        name[len(start) :].lower().replace("_", "-"): value
        for name, value in env.items()
        if name.startswith(start) and value
    }


def _words(name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in env.get(name, "").split(",")) if word)


def _switch(name: str, env: Mapping[str, str]) -> bool:
    value = env.get(name, "").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise SettingError(f"{name} must be true or false")
