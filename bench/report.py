"""Fair comparisons, and the table of what they gave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass
from statistics import median

Sample = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit that a figure should keep to, from below or from above."""

    limit: float
    at_least: bool
    unit: str = ""

    def judge(self, value: float) -> str:
        sign, met = (">=", value >= self.limit) if self.at_least else ("<=", value <= self.limit)
        return f"{sign} {self.limit:g}{self.unit} {'met' if met else 'MISSED'}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, ready to print."""

    what: str
    ours: str
    reference: str = "-"
    ratio: str = "-"
    goal: str = "-"


HEADINGS = Row("what", "ours", "reference", "ratio", "goal")


async def compare(ours: Sample, reference: Sample | None, rounds: int) -> tuple[float, float | None]:
    """The medians of both; they take turns, and each round the other one begins."""
    contenders = [ours, reference] if reference else [ours]
    found: dict[Sample, list[float]] = {contender: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            found[contender].append(await contender())
        contenders.reverse()
    return median(found[ours]), median(found[reference]) if reference else None


def ratio_row(
    what: str, ours: float, reference: float | None, show: Callable[[float], str], goal: Goal
) -> Row:
    """A row whose goal is about the ratio; without a reference it is not judged."""
    if reference is None:
        return Row(what, show(ours))
    ratio = ours / reference
    return Row(what, show(ours), show(reference), f"{ratio:.2f}", goal.judge(ratio))


def print_table(rows: Sequence[Row]) -> None:
    table = [astuple(row) for row in (HEADINGS, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        print("  ".join(map(str.ljust, cells, widths)).rstrip())
