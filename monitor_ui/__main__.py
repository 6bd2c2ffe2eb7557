"""``python -m myoscope.monitor_ui``: the command line."""

from myoscope.monitor_ui.cli import main

if __name__ == "__main__":
    main()
