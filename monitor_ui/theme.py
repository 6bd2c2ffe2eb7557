"""``Look``: the window's colours, dark or light, and its scale; legible from two metres."""

from dataclasses import dataclass, replace

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.marks import MARKS

FONT = "DejaVu Sans"
SCALES = (1.0, 1.25, 1.5, 1.75, 2.0)


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for, as #rrggbb.

    Findings are low-priority notices and have ``notice``; ``warning`` (yellow) and ``danger``
    (red) are for what endangers the examination. Whoever wants findings in yellow, too, asks for
    it.
    """

    name: str
    background: str
    panel: str
    raised: str
    border: str
    text: str
    dim: str
    trace: str
    chosen: str
    graticule: str
    graticule_zero: str
    cursor: str
    caliper: str
    notice: str
    warning: str
    danger: str
    danger_text: str
    on_colour: str
    on_notice: str


DARK = Palette(
    name="dark",
    background="#0b0f14",
    panel="#141b22",
    raised="#1d2831",
    border="#2b3843",
    text="#e6edf3",
    dim="#9aa8b4",
    trace="#7dffb0",
    chosen="#16302a",
    graticule="#26313b",
    graticule_zero="#3a4956",
    cursor="#ffffff",
    caliper="#ffffff",
    notice="#22c7d9",
    warning="#ffd500",
    danger="#ff4d4d",
    danger_text="#ff7070",
    on_colour="#05080b",
    on_notice="#05080b",
)
LIGHT = Palette(
    name="light",
    background="#ffffff",
    panel="#f3f5f7",
    raised="#e4e9ed",
    border="#b9c3cb",
    text="#10171d",
    dim="#4c5863",
    trace="#00592c",
    chosen="#d3ecdd",
    graticule="#dfe5ea",
    graticule_zero="#a9b5bf",
    cursor="#10171d",
    caliper="#10171d",
    notice="#0b7285",
    warning="#ffd500",
    danger="#c4161c",
    danger_text="#c4161c",
    on_colour="#05080b",
    on_notice="#ffffff",
)
YELLOW = {
    "dark": replace(DARK, notice=DARK.warning),
    "light": replace(LIGHT, notice="#7a5c00"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """A palette and a scale; handed to every panel with ``set_look``.

    Attributes
    ----------
    palette
        ``DARK`` or ``LIGHT``, or one of them with ``YELLOW`` findings.
    scale
        1 to 2: everything that is measured in pixels is multiplied by it.
    """

    palette: Palette = DARK
    scale: float = 1.0

    def px(self, pixels: float) -> int:
        """Return a length in pixels at this scale, at least 1."""
        return max(1, round(pixels * self.scale))

    def colour_of(self, kind: Kind) -> str:
        """Return the colour of a kind that can be read on this ground."""
        mark = MARKS[kind]
        return mark.colour if self.palette.name == "dark" else mark.colour_on_light

    def other_palette(self) -> "Look":
        """Return the same light where it is dark, and the other way round."""
        other = LIGHT if self.palette.name == "dark" else DARK
        return replace(self, palette=YELLOW[other.name] if self.has_yellow_findings else other)

    def other_notices(self) -> "Look":
        """Return the same with findings in yellow where they are cyan, and the other way round."""
        plain = DARK if self.palette.name == "dark" else LIGHT
        return replace(self, palette=plain if self.has_yellow_findings else YELLOW[plain.name])

    @property
    def has_yellow_findings(self) -> bool:
        """Whether findings are shown in yellow, not in cyan."""
        return self.palette == YELLOW[self.palette.name]

    def at(self, scale: float) -> "Look":
        """Return the same at another scale."""
        return replace(self, scale=scale)

    def scaled(self, by: int) -> "Look":
        """Return the same ``by`` steps larger, or smaller where it is below 0."""
        place = SCALES.index(self.scale) + by
        return self.at(SCALES[min(max(place, 0), len(SCALES) - 1)])

    def style(self) -> str:
        """Return the style sheet of the window."""
        p, px = self.palette, self.px
        return f"""
* {{
    font-family: "{FONT}", "Segoe UI", "Helvetica Neue", sans-serif;
    font-size: {px(13)}px; color: {p.text};
}}
QWidget#window, QWidget#ground {{ background: {p.background}; }}
QFrame#panel {{
    background: {p.panel}; border: 1px solid {p.border}; border-radius: {px(6)}px;
}}
QFrame#overlay {{
    background: {p.panel}; border: 2px solid {p.dim}; border-radius: {px(8)}px;
}}
QLabel#heading {{ color: {p.dim}; font-size: {px(12)}px; font-weight: bold; }}
QLabel#dim {{ color: {p.dim}; }}
QLabel#small {{ color: {p.dim}; font-size: {px(11)}px; }}
QLabel#words {{ font-size: {px(12)}px; }}
QLabel#elapsed {{ font-size: {px(22)}px; font-weight: bold; }}
QLabel#title {{ font-size: {px(20)}px; font-weight: bold; }}
QLabel#site {{ color: {p.trace}; font-size: {px(17)}px; font-weight: bold; }}
QLabel#scale {{ color: {p.trace}; font-size: {px(16)}px; font-weight: bold; }}
QLabel#channel {{ font-size: {px(16)}px; font-weight: bold; }}
QLabel#count {{ font-size: {px(15)}px; font-weight: bold; }}
QLabel#rec {{ font-size: {px(20)}px; font-weight: bold; }}
QLabel#strong {{ font-size: {px(14)}px; font-weight: bold; }}
QLabel#badge {{
    border-radius: {px(5)}px; padding: {px(3)}px {px(12)}px; font-size: {px(15)}px;
    font-weight: bold; color: {p.on_colour};
}}
QLabel#banner {{
    border-radius: {px(6)}px; padding: {px(5)}px {px(14)}px; font-size: {px(18)}px;
    font-weight: bold;
}}
QLabel#keycap {{
    background: {p.border}; border-radius: {px(3)}px; padding: {px(1)}px {px(6)}px;
    font-size: {px(12)}px; font-weight: bold;
}}
QLabel#does {{ color: {p.dim}; font-size: {px(12)}px; }}
QListView, QTableView, QScrollArea {{ background: transparent; border: none; outline: none; }}
QTableView {{
    font-size: {px(12)}px; selection-background-color: {p.chosen}; selection-color: {p.text};
}}
QListView#choices::item {{ padding: {px(3)}px; }}
QListView#choices::item:selected {{ background: {p.chosen}; color: {p.text}; }}
QLineEdit {{
    background: {p.background}; border: 1px solid {p.dim}; border-radius: {px(4)}px;
    padding: {px(4)}px {px(8)}px; font-size: {px(16)}px;
}}
QTabBar::tab {{
    background: {p.panel}; border: 1px solid {p.border}; color: {p.dim};
    padding: {px(3)}px {px(6)}px; font-size: {px(12)}px;
}}
QTabBar::tab:selected {{ background: {p.raised}; color: {p.text}; font-weight: bold; }}
QScrollBar:vertical {{ background: {p.panel}; width: {px(10)}px; }}
QScrollBar::handle:vertical {{
    background: {p.border}; border-radius: {px(4)}px; min-height: {px(24)}px;
}}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}
QPushButton {{
    background: {p.raised}; border: 1px solid {p.border}; border-radius: {px(4)}px;
    padding: {px(3)}px {px(8)}px; font-size: {px(12)}px;
}}
QPushButton:hover {{ border-color: {p.dim}; }}
QPushButton:focus {{ border: 2px solid {p.notice}; }}
QPushButton:checked {{
    background: {p.trace}; border: 1px solid {p.trace}; color: {p.background};
}}
QPushButton[suggested="true"] {{ border: 2px dashed {p.notice}; }}
QPushButton:disabled {{ color: {p.dim}; }}
QMenu {{ background: {p.panel}; border: 1px solid {p.dim}; padding: {px(4)}px; }}
QMenu::item {{ padding: {px(3)}px {px(18)}px; }}
QMenu::item:selected {{ background: {p.chosen}; }}
QMenu::separator {{ height: 1px; background: {p.border}; margin: {px(3)}px; }}
QSlider::groove:horizontal {{ background: {p.border}; height: {px(4)}px; }}
QSlider::handle:horizontal {{
    background: {p.text}; width: {px(10)}px; margin: -{px(5)}px 0; border-radius: {px(4)}px;
}}
QSlider::sub-page:horizontal {{ background: {p.notice}; }}
"""


def packed(colour: str) -> int:
    """Return a #rrggbb colour as 0xffRRGGBB."""
    return 0xFF000000 | int(colour.removeprefix("#"), 16)
