"""The look that was chosen last, kept for the next window."""

from PySide6.QtCore import QSettings

from myoscope.monitor_ui.theme import SCALES, Look


def kept_look() -> Look:
    """Return the look that was kept last; the usual one where none was."""
    settings, look = _settings(), Look()
    if settings.value("palette") == "light":
        look = look.other_palette()
    if settings.value("findings") == "yellow":
        look = look.other_notices()
    scales = {str(scale): scale for scale in SCALES}
    return look.at(scales.get(str(settings.value("scale")), look.scale))


def keep_look(look: Look) -> None:
    """Keep a look for the next window; where it cannot be written, that one is as usual."""
    settings = _settings()
    settings.setValue("palette", look.palette.name)
    settings.setValue("findings", "yellow" if look.has_yellow_findings else "cyan")
    settings.setValue("scale", str(look.scale))


def _settings() -> QSettings:
    place = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    return QSettings(*place, "Myoscope", "window")
