"""A page with tables and plots that needs nothing beside it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.table import Table

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 230, 16, 40
# Told apart with any kind of sight (Okabe and Ito 2008).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto }
table { border-collapse: collapse; margin: 1rem 0 } th { border-bottom: 1px solid #888 }
td, th { padding: .2rem .8rem; text-align: right } tr:nth-child(even) { background: #8881 }
svg { max-width: 100% }
text { font: 12px system-ui, sans-serif; fill: currentColor }
"""


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot as SVG, with its title."""

    title: str
    svg: str

    @classmethod
    def steps(
        cls, title: str, unit: str, series: Mapping[str, npt.NDArray[np.floating]]
    ) -> "Chart":
        """Return how values are distributed: the share of each series at or below a value.

        The values, which are above 0, lie on a logarithmic axis; the share up to 99.9 % on one on
        which each step is a tenth of what is left.
        """
        values = np.concatenate(list(series.values()))
        low = math.floor(math.log10(max(1e-3, float(values.min()))))
        high = max(low + 1, math.ceil(math.log10(max(2e-3, float(values.max())))))
        shapes = []
        for tick in range(low, high + 1):
            x = _x((tick - low) / (high - low))
            shapes.append(_line(x, _TOP, x, _HEIGHT - _BOTTOM, "#8884"))
            shapes.append(_text(x, _HEIGHT - _BOTTOM + 18, f"{10.0**tick:g}", "middle"))
        shapes.append(_text(_x(0.5), _HEIGHT - 4, unit, "middle"))
        for share in (0.0, 0.5, 0.9, 0.99, 0.999):
            y = _share_y(share)
            shapes.append(_line(_LEFT, y, _x(1.0), y, "#8884"))
            shapes.append(_text(_LEFT - 6, y + 4, f"{100 * share:g} %", "end"))
        for index, (name, one) in enumerate(series.items()):
            shares = np.concatenate([np.linspace(0, 0.99, 100), np.linspace(0.991, 0.999, 9)])
            points = " ".join(
                f"{_x((math.log10(max(1e-3, value)) - low) / (high - low)):.1f},"
                f"{_share_y(share):.1f}"
                for value, share in zip(np.quantile(one, shares), shares, strict=True)
            )
            colour = _COLOURS[index % len(_COLOURS)]
            dash = "" if index < len(_COLOURS) else ' stroke-dasharray="4 3"'
            shapes.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}"{dash} '
                'stroke-width="2"/>'
            )
            y = _TOP + 10 + 18 * index
            shapes.append(_line(_x(1.0) + 12, y, _x(1.0) + 30, y, colour))
            shapes.append(_text(_x(1.0) + 36, y + 4, name, "start"))
        height = max(_HEIGHT, _TOP + 20 + 18 * len(series))
        return cls(title, _svg(height, shapes))

    @classmethod
    def bars(cls, title: str, unit: str, values: Mapping[str, float]) -> "Chart":
        """Return one bar for each value, on a logarithmic axis, with the value beside it."""
        low = math.floor(math.log10(max(1e-3, min(values.values()))))
        high = math.ceil(math.log10(max(values.values())) + 0.01)
        left, right = 300, _WIDTH - 90
        shapes = []
        for index, (name, value) in enumerate(values.items()):
            y = _TOP + 22 * index
            length = (right - left) * (math.log10(max(1e-3, value)) - low) / (high - low)
            shapes.append(_text(left - 8, y + 13, name, "end"))
            shapes.append(
                f'<rect x="{left}" y="{y}" width="{max(1.0, length):.1f}" height="16" '
                f'fill="{_COLOURS[0]}"/>'
            )
            shapes.append(_text(left + length + 6, y + 13, f"{value:.3g} {unit}", "start"))
        return cls(title, _svg(_TOP + 22 * len(values) + 8, shapes))


@dataclass(slots=True)
class Page:
    """What was measured, for a browser."""

    title: str
    facts: Mapping[str, str]
    parts: list[str] = field(default_factory=list)

    def add_chart(self, chart: Chart) -> None:
        """Put a plot below what there is."""
        self.parts.append(f"<h2>{escape(chart.title)}</h2>\n{chart.svg}")

    def add_table(self, title: str, table: Table) -> None:
        """Put a table of the terminal below what there is."""
        heads = "".join(f"<th>{escape(str(column.header))}</th>" for column in table.columns)
        columns = [[str(cell) for cell in column.cells] for column in table.columns]
        rows = "\n".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in zip(*columns, strict=True)
        )
        self.parts.append(f"<h2>{escape(title)}</h2>\n<table><tr>{heads}</tr>\n{rows}</table>")

    def add_text(self, text: str) -> None:
        """Put a paragraph below what there is."""
        self.parts.append(f"<p>{escape(text)}</p>")

    def write(self, path: Path) -> None:
        """Write the page."""
        facts = ", ".join(f"{escape(name)} {escape(value)}" for name, value in self.facts.items())
        body = "\n".join(self.parts)
        path.write_text(
            f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8">'
            f"<title>{escape(self.title)}</title>\n<style>{_STYLE}</style>\n"
            f"<h1>{escape(self.title)}</h1>\n<p>{facts}</p>\n{body}\n</html>\n",
            encoding="utf-8",
        )


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write values for machines."""
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _share_y(share: float) -> float:
    """Return the height of a share: 0, 90, 99 and 99.9 % are equally far apart."""
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * -math.log10(1 - share) / 3


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        'stroke-width="2"/>'
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(height: float, shapes: list[str]) -> str:
    inner = "\n".join(shapes)
    return f'<svg viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" role="img">\n{inner}\n</svg>'
