"""From values to pixels: an axis with ticks at round numbers, and bands for categories."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = (1, 2, 5, 10)
SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
SAME = 1e-9  # of their size: values that are closer would have ticks that read alike


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis: its ticks, from the first to the last, lie between two pixels."""

    ticks: tuple[float, ...]
    step: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.begin + (value - low) / (high - low) * (self.end - self.begin)

    @property
    def labels(self) -> list[str]:
        """What is written at each tick."""
        largest = max(abs(self.ticks[0]), abs(self.ticks[-1]))
        for size, suffix in SUFFIXES:
            if largest >= size and self.step >= size / 1000:
                return [_decimal(tick / size, self.step / size) + suffix for tick in self.ticks]
        if largest < 1e-3:
            digits = max(2, math.floor(math.log10(largest)) - math.floor(math.log10(self.step)))
            return [f"{tick:.{digits}e}" if tick else "0" for tick in self.ticks]
        return [_decimal(tick, self.step) for tick in self.ticks]


def linear(
    values: Iterable[float], begin: float, end: float, *, zero: bool = False, apart: float = 44
) -> Scale:
    """An axis that holds all values, and 0 where it must or is near; ticks `apart` by so much."""
    low, high = _bounds([*values] or [0.0, 1.0], zero=zero)
    most = max(2, min(12, int(abs(end - begin) / apart)))
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in STEPS if power * nice >= rough * (1 - SAME))
    first, last = math.floor(low / step + SAME), math.ceil(high / step - SAME)
    ticks = tuple(index * step for index in range(first, max(last, first + 1) + 1))
    return Scale(ticks, step, begin, end)


@dataclass(frozen=True, slots=True)
class Bands:
    """Categories side by side between two pixels."""

    count: int
    begin: float
    end: float

    @property
    def width(self) -> float:
        return (self.end - self.begin) / max(1, self.count)

    def middle(self, index: int) -> float:
        return self.begin + (index + 0.5) * self.width


def _bounds(values: list[float], *, zero: bool) -> tuple[float, float]:
    low, high = min(values), max(values)
    if zero or 0 <= low < high / 2 or low / 2 < high <= 0:
        low, high = min(low, 0.0), max(high, 0.0)
    size = max(abs(low), abs(high))
    if high - low <= size * SAME:
        room = size * 0.1 or 1.0
        low, high = low - room, high + room
    return low, high


def _decimal(value: float, step: float) -> str:
    decimals = max(0, -math.floor(math.log10(step) + SAME))
    return f"{value + 0.0:,.{decimals}f}" if round(value, decimals) else "0"
