"""Colours and style of the window: dark, and legible from two metres."""

BACKGROUND = "#0b0f14"
PANEL = "#141b22"
BORDER = "#26313b"
TEXT = "#e6edf3"
DIM = "#93a1ad"
TRACE = "#7dffb0"
GRATICULE = "#26313b"
GRATICULE_ZERO = "#3a4956"
CURSOR = "#ffffff"

# Findings are low-priority notices; yellow and red are for what endangers the examination.
NOTICE = "#22c7d9"
WARNING = "#ffd500"
DANGER = "#ff4d4d"

STYLE = f"""
* {{
    font-family: "DejaVu Sans", "Segoe UI", "Helvetica Neue", sans-serif;
    font-size: 13px;
    color: {TEXT};
}}
QWidget#window {{ background: {BACKGROUND}; }}
QFrame#panel {{ background: {PANEL}; border: 1px solid {BORDER}; border-radius: 6px; }}
QLabel#heading {{ color: {DIM}; font-size: 12px; font-weight: bold; }}
QLabel#dim {{ color: {DIM}; }}
QLabel#elapsed {{ font-size: 22px; font-weight: bold; }}
QLabel#title {{ font-size: 19px; font-weight: bold; }}
QLabel#scale {{ color: {TRACE}; font-size: 17px; font-weight: bold; }}
QLabel#channel {{ font-size: 17px; font-weight: bold; }}
QLabel#count {{ font-size: 15px; font-weight: bold; }}
QLabel#rec {{ font-size: 20px; font-weight: bold; }}
QLabel#badge {{
    border-radius: 5px; padding: 4px 14px; font-size: 16px; font-weight: bold; color: #05080b;
}}
QLabel#banner {{
    border-radius: 6px; padding: 7px 14px; font-size: 19px; font-weight: bold; color: #05080b;
}}
QListWidget {{ background: transparent; border: none; outline: none; }}
QScrollBar:vertical {{ background: {PANEL}; width: 10px; }}
QScrollBar::handle:vertical {{ background: {BORDER}; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}
QPushButton {{
    background: {BORDER}; border: 1px solid {BORDER}; border-radius: 4px; padding: 3px 9px;
    text-align: left;
}}
QPushButton:hover {{ border-color: {DIM}; }}
QPushButton:checked {{ border: 2px solid {TRACE}; background: #16302a; }}
"""


def packed(colour: str) -> int:
    """Return a #rrggbb colour as 0xffRRGGBB."""
    return 0xFF000000 | int(colour.removeprefix("#"), 16)
