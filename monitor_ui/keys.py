"""What each key does: one table for the window, the strip at its foot and the help."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys and what they do.

    Attributes
    ----------
    action
        Name of what is done; ``MonitorWindow`` has a method for each.
    keys
        As ``QKeySequence`` writes them, or the character that is typed.
    shown
        How the keys are written in the strip and the help.
    does
        In words; in one or two where it stands in the strip.
    group
        Heading in the help.
    in_strip
        Whether it stands at the window's foot.
    argument
        Handed to the action.
    """

    action: str
    keys: tuple[str, ...]
    shown: str
    does: str
    group: str
    in_strip: bool = False
    argument: int | None = None


PICTURE, NEEDLE, TRAIN, SOUND, WINDOW = "Picture", "Needle and site", "Alerts", "Sound", "Window"
RECORDING = "Recording"

BINDINGS: tuple[Binding, ...] = (
    Binding("toggle_frozen", ("Space", "F13"), "Space", "Freeze", PICTURE, True),
    Binding("record", ("Ctrl+R",), "Ctrl R", "Record", RECORDING, True),
    Binding(
        "stop_recording", ("Ctrl+Shift+R",), "Ctrl Shift R", "Stop recording (twice)", RECORDING
    ),
    Binding("step_gain", ("Up",), "↑ ↓", "Gain", PICTURE, True, -1),
    Binding("step_gain", ("Down",), "", "", PICTURE, argument=1),
    Binding("step_sweep", ("Left",), "← →", "Sweep", PICTURE, True, -1),
    Binding("step_sweep", ("Right",), "", "", PICTURE, argument=1),
    *(
        Binding(
            "show_number",
            (str(number),),
            "1 – 9" if number == 1 else "",
            "See and hear this channel alone" if number == 1 else "",
            PICTURE,
            argument=number,
        )
        for number in range(1, 10)
    ),
    Binding("show_all", ("0",), "0", "Show all channels", PICTURE),
    Binding("step_channel", ("PgUp",), "Page ↑ ↓", "Channel before, next", PICTURE, argument=-1),
    Binding("step_channel", ("PgDown",), "", "", PICTURE, argument=1),
    Binding("turn_over", ("P",), "P", "Negative or positive up", PICTURE),
    Binding("toggle_scroll", ("W",), "W", "Sweep or scroll", PICTURE),
    Binding("go_back", ("B",), "B", "Back 10 s", PICTURE, True),
    Binding("step_event", ("[",), "[  ]", "Event before, next", PICTURE, argument=-1),
    Binding("step_event", ("]",), "", "", PICTURE, argument=1),
    Binding("toggle_calipers", ("L",), "L", "Calipers", PICTURE, True),
    Binding("step_caliper", ("Ctrl+Left",), "Ctrl ← →", "Move the caliper", PICTURE, argument=-1),
    Binding("step_caliper", ("Ctrl+Right",), "", "", PICTURE, argument=1),
    Binding("swap_calipers", ("K",), "K", "Move the other caliper", PICTURE),
    Binding("pick_muscle", ("/", "F3"), "/", "Muscle", NEEDLE, True),
    Binding("next_site", ("N", "F15"), "N", "Next site", NEEDLE, True),
    Binding("mark_insertion", ("I", "F14"), "I", "Insertion", NEEDLE, True),
    Binding("mark", ("M",), "M", "Marker", NEEDLE),
    Binding("remark", ("T",), "T", "Marker with words", NEEDLE),
    Binding("ask_grade", ("G",), "G", "Grade", NEEDLE, True),
    Binding("undo", ("Ctrl+Z",), "Ctrl Z", "Take back the last decision", NEEDLE),
    Binding("acknowledge", ("A",), "A", "Acknowledge", TRAIN, True),
    Binding("confirm", ("C",), "C", "Confirm", TRAIN, True),
    Binding("reject", ("X",), "X", "Reject", TRAIN, True),
    Binding("rename", ("R",), "R", "Rename", TRAIN, True),
    Binding("step_train", ("Shift+Up",), "Shift ↑ ↓", "Choose another train", TRAIN, argument=-1),
    Binding("step_train", ("Shift+Down",), "", "", TRAIN, argument=1),
    Binding("toggle_mute", ("S",), "S", "Mute", SOUND, True),
    Binding("pause_sound", ("Shift+S",), "Shift S", "Mute for two minutes", SOUND),
    Binding("step_volume", ("+", "="), "+  −", "Louder, softer", SOUND, argument=1),
    Binding("step_volume", ("-",), "", "", SOUND, argument=-1),
    Binding("toggle_squelch", ("Q",), "Q", "Squelch", SOUND),
    Binding("report", ("F2",), "F2", "Report", RECORDING, True),
    Binding("toggle_far_view", ("F11",), "F11", "Far view", WINDOW, True),
    Binding("toggle_panels", ("V",), "V", "Lower panels", WINDOW),
    Binding("step_side", ("O",), "O", "Side panels, page by page", WINDOW),
    Binding("change_palette", ("D",), "D", "Dark or light", WINDOW),
    Binding("change_notices", ("Shift+D",), "Shift D", "Findings yellow or cyan", WINDOW),
    Binding("step_scale", ("Ctrl++", "Ctrl+="), "Ctrl +  −", "Larger, smaller", WINDOW, argument=1),
    Binding("step_scale", ("Ctrl+-",), "", "", WINDOW, argument=-1),
    Binding("show_help", ("?", "F1"), "F1", "Keys", WINDOW, True),
    Binding("escape", ("Esc",), "Esc", "Back to live, close a sheet", WINDOW),
    Binding("close", ("Ctrl+Q",), "Ctrl Q", "Close", WINDOW),
)
IN_PANELS = frozenset(
    binding.action
    for binding in BINDINGS
    if (binding.group in (PICTURE, TRAIN) and binding.action != "acknowledge")
    or binding.action in ("ask_grade", "toggle_panels", "step_side")
)
"""What is done with the panels in sight: these keys leave the far view."""

BY_KEY = {key: binding for binding in BINDINGS for key in binding.keys}
PLAYHEAD = "Playhead"

_LIVE_ONLY = ("toggle_frozen", "go_back", "step_event", "undo", "record", "stop_recording")
REVIEW_BINDINGS: tuple[Binding, ...] = (
    Binding("toggle_play", ("Space",), "Space", "Play, pause", PLAYHEAD, True),
    Binding("go_event", ("[", "]"), "[  ]", "Event before, next", PLAYHEAD, True),
    Binding("go_back", ("B",), "B", "Back 10 s", PLAYHEAD, True),
    Binding("step", (",", "."), ",  .", "A little back, on", PLAYHEAD),
    Binding("go_to_end", ("Home", "End"), "Home End", "Start, end", PLAYHEAD),
    Binding("change_speed", ("<", ">"), "<  >", "Slower, faster", PLAYHEAD),
    Binding("ask_label", ("E",), "E", "Label the potential", PLAYHEAD, True),
    Binding("undo", ("Ctrl+Z",), "Ctrl Z", "Undo", PLAYHEAD, True),
    Binding("redo", ("Ctrl+Y", "Ctrl+Shift+Z"), "Ctrl Y", "Redo", PLAYHEAD),
    *(binding for binding in BINDINGS if binding.action not in _LIVE_ONLY),
)
"""The keys on a recording: those of its playhead, which ``ReviewWindow`` takes first."""

FOOTSWITCH = (
    "A footswitch that types keys works too: F13 freezes, F14 marks an insertion, "
    "F15 begins the next site."
)
