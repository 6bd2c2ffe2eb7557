from typing import Any

import numpy as np
import numpy.typing as npt

def template_limits() -> dict[str, float]: ...

class Shape:
    def __init__(
        self,
        values: npt.NDArray[np.float32],
        peak: int,
        step: int,
        per_ms: float,
        noise_uv: float,
        alone: bool,
    ) -> None: ...
    def learn(self, values: npt.NDArray[np.float32], start: int, remembered: int) -> None: ...
    def resize(self, values: npt.NDArray[np.float32], start: int) -> None: ...
    def place(
        self,
        values: npt.NDArray[np.float32],
        peak: int,
        noise_uv: float,
        elastic: bool,
        begun: bool = False,
    ) -> dict[str, float] | None: ...
    def best_fall(
        self, values: npt.NDArray[np.float32], low: int, high: int
    ) -> tuple[float, int]: ...
    def take_out(
        self, values: npt.NDArray[np.float32], start: int
    ) -> tuple[list[float], list[float]]: ...
    @property
    def state(self) -> dict[str, Any]: ...
