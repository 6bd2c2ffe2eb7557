"""How each kind of potential looks, on paper, in the console and in the window: no Qt here."""

from dataclasses import dataclass

from myoscope.dsp_core.kinds import Kind


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind's colour, sign and letter; never the colour alone.

    Attributes
    ----------
    colour
        #rrggbb on a dark ground; the spontaneous kinds from Okabe and Ito's palette for
        colour-blind readers.
    colour_on_light
        The same hue, dark enough to be read on white.
    sign
        One character that every usual font has.
    symbol
        Name of the same shape in pyqtgraph.
    letter
        One letter for the trace.
    short
        A few letters for narrow tables.
    """

    colour: str
    colour_on_light: str
    sign: str
    symbol: str
    letter: str
    short: str


_GREY, _GREY_ON_LIGHT = "#8b98a5", "#5c6873"

MARKS: dict[Kind, Mark] = {
    Kind.FIBRILLATION: Mark("#56b4e9", "#0065a3", "▲", "t1", "F", "FIB"),
    Kind.POSITIVE_SHARP_WAVE: Mark("#e69f00", "#a34f00", "▼", "t", "P", "PSW"),
    Kind.FASCICULATION: Mark("#cc79a7", "#9c3b72", "◆", "d", "A", "FASC"),
    Kind.COMPLEX_REPETITIVE_DISCHARGE: Mark("#f0e442", "#6b6100", "■", "s", "C", "CRD"),
    Kind.MYOTONIC_DISCHARGE: Mark("#e8743b", "#a8400f", "●", "o", "M", "MYOT"),
    Kind.MYOKYMIC_DISCHARGE: Mark("#e8743b", "#a8400f", "★", "star", "K", "MYOK"),
    Kind.NEUROMYOTONIC_DISCHARGE: Mark("#e8743b", "#a8400f", "►", "t2", "N", "NEUR"),
    Kind.CRAMP_DISCHARGE: Mark("#e8743b", "#a8400f", "✚", "+", "R", "CRMP"),
    Kind.MOTOR_UNIT_POTENTIAL: Mark("#c3ccd4", "#3d4750", "○", "o", "V", "MUP"),
    Kind.END_PLATE_SPIKE: Mark("#c3ccd4", "#3d4750", "△", "t1", "E", "EPS"),
    Kind.END_PLATE_NOISE: Mark(_GREY, _GREY_ON_LIGHT, "▽", "t", "O", "EPN"),
    Kind.INSERTIONAL_ACTIVITY: Mark(_GREY, _GREY_ON_LIGHT, "□", "s", "I", "INS"),
    Kind.ARTEFACT: Mark(_GREY, _GREY_ON_LIGHT, "✕", "x", "X", "ART"),
    Kind.UNCLASSIFIED: Mark(_GREY, _GREY_ON_LIGHT, "·", "p", "?", "?"),
}
