"""What is told while something lasts: a line at a time."""

from collections.abc import Callable

Show = Callable[[str], None]  # takes a line
