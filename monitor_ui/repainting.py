"""A window that does nothing but repaint, to measure beside."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyqtgraph
from PySide6.QtCore import QTimer

T = TypeVar("T")

_FRAMES_PER_S = 30
_CURVES = 8
_POINTS = 4000


def run_beside_window(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread, return its result, and repaint a window in this one meanwhile."""
    if "DISPLAY" not in os.environ and "WAYLAND_DISPLAY" not in os.environ:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = pyqtgraph.mkQApp()
    window = pyqtgraph.GraphicsLayoutWidget()
    window.resize(1200, 900)
    curves = []
    for row in range(_CURVES):
        plot = window.addPlot(row=row, col=0)
        plot.setYRange(-5, 5)
        curves.append(plot.plot())
    noise = np.random.default_rng(0).standard_normal((64, _POINTS))

    def repaint() -> None:
        turn = int(time.monotonic() * 1000)
        for index, curve in enumerate(curves):
            curve.setData(noise[(turn + index) % len(noise)])

    timer = QTimer()
    timer.timeout.connect(repaint)
    timer.start(1000 // _FRAMES_PER_S)
    window.show()
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(work)
        while not future.done():
            app.processEvents()
            time.sleep(0.001)
    timer.stop()
    window.close()
    return future.result()
