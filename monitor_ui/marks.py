"""How each kind of potential looks, on paper, in the console and in the window: no Qt here."""

from dataclasses import dataclass

from myoscope.dsp_core.kinds import Kind


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind's colour, sign and letter; never the colour alone.

    Attributes
    ----------
    colour
        #rrggbb; the spontaneous kinds from Okabe and Ito's palette for colour-blind readers.
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
    sign: str
    symbol: str
    letter: str
    short: str


_GREY = "#8b98a5"

MARKS: dict[Kind, Mark] = {
    Kind.FIBRILLATION: Mark("#56b4e9", "▲", "t1", "F", "FIB"),
    Kind.POSITIVE_SHARP_WAVE: Mark("#e69f00", "▼", "t", "P", "PSW"),
    Kind.FASCICULATION: Mark("#cc79a7", "◆", "d", "A", "FASC"),
    Kind.COMPLEX_REPETITIVE_DISCHARGE: Mark("#f0e442", "■", "s", "C", "CRD"),
    Kind.MYOTONIC_DISCHARGE: Mark("#e8743b", "●", "o", "M", "MYOT"),
    Kind.MYOKYMIC_DISCHARGE: Mark("#e8743b", "★", "star", "K", "MYOK"),
    Kind.NEUROMYOTONIC_DISCHARGE: Mark("#e8743b", "►", "t2", "N", "NEUR"),
    Kind.CRAMP_DISCHARGE: Mark("#e8743b", "✚", "+", "R", "CRMP"),
    Kind.MOTOR_UNIT_POTENTIAL: Mark("#c3ccd4", "○", "o", "V", "MUP"),
    Kind.END_PLATE_SPIKE: Mark("#c3ccd4", "△", "t1", "E", "EPS"),
    Kind.END_PLATE_NOISE: Mark(_GREY, "▽", "t", "e", "EPN"),
    Kind.INSERTIONAL_ACTIVITY: Mark(_GREY, "□", "s", "I", "INS"),
    Kind.ARTEFACT: Mark(_GREY, "✕", "x", "X", "ART"),
    Kind.UNCLASSIFIED: Mark(_GREY, "·", "p", "?", "?"),
}
