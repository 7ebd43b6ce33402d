"""A resource's source under another name: its identifiers, paths, scopes and sentences."""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# The sound decides, not the letter: an order, a user, a unit, an hour.
AN = re.compile(r"(?!u(ni|s[aei]|ti)|eu|one\b|once\b)[aeiou]|hour|honest|heir")


class CannotRename(Exception):
    """A name that is made collides with another one; the message says with which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} means something else already")
        self.name = name


@dataclass(frozen=True, slots=True)
class Names:
    """What many of a resource are called, and one, in kebab-case: `order-lines`, `order-line`."""

    many: str
    one: str

    @property
    def module(self) -> str:
        return snake(self.many)


def snake(kebab: str) -> str:
    return kebab.replace("-", "_")


def upper(kebab: str) -> str:
    return snake(kebab).upper()


def pascal(kebab: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in kebab.split("-"))


def words(kebab: str) -> str:
    return kebab.replace("-", " ")


def sentence(kebab: str) -> str:
    return kebab[0].upper() + words(kebab[1:])


def singular(many: str) -> str:
    """One of them, by the simplest rules of English: `categories`, `boxes`, `products`."""
    if many.endswith("ies"):
        return f"{many[:-3]}y"
    if many.endswith(("sses", "shes", "ches", "xes", "tuses", "buses")):
        return many[:-2]
    return many[:-1] if many.endswith("s") and not many.endswith("ss") else many


def names_in(source: str, module: str) -> Names | None:
    """What a resource's own source calls it; None for a module that keeps nothing."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and "Stored" in map(ast.unparse, node.bases):
            one = re.sub(r"(?<!^)(?=[A-Z])", "-", node.name).lower()
            return Names(module.replace("_", "-"), one)
    return None


def renamed(source: str, old: Names, new: Names) -> str:
    """Python source about `old`, about `new` instead. Raises CannotRename."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    text, kept, made = source, {*dir(builtins), *keyword.kwlist}, set[str]()
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        after = _token(token, old, new)
        if token.type == tokenize.NAME:
            (kept if after == token.string else made).add(after)
        if after != token.string:
            begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
            text = text[:begin] + after + text[end:]
    if clash := sorted(kept & made):
        raise CannotRename(clash[0])
    return text


def in_text(text: str, old: Names, new: Names) -> str:
    """A string, or JSON: paths, scopes and table names are kebab-case, other names PascalCase."""
    return _replaced(text, old, new, [pascal, str])


def _token(token: tokenize.TokenInfo, old: Names, new: Names) -> str:
    text = token.string
    if token.type == tokenize.NAME:
        return _replaced(_article(text, "_", old, new), old, new, [pascal, upper, snake])
    if token.type == tokenize.COMMENT or text.endswith('"""'):
        return _replaced(_article(text, " ", old, new), old, new, [pascal, sentence, words])
    return in_text(text, old, new)


def _article(text: str, gap: str, old: Names, new: Names) -> str:
    one = old.one.replace("-", gap)
    n = "n" if AN.match(new.one) else ""
    return re.sub(rf"(?<![A-Za-z])([Aa])n?{gap}(?={one}(?![A-Za-z]))", rf"\g<1>{n}{gap}", text)


def _replaced(text: str, old: Names, new: Names, styles: Sequence[Callable[[str], str]]) -> str:
    pairs = {
        style(before): style(after)
        for style in styles
        for before, after in ((old.one, new.one), (old.many, new.many))
    }
    longest_first = "|".join(sorted(pairs, key=len, reverse=True))
    bounded = rf"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))({longest_first})(?![a-z])"
    return re.sub(bounded, lambda match: pairs[match[1]], text)
