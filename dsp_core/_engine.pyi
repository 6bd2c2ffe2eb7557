from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core._bank import BankKernel
from myoscope.dsp_core._filter import FilterKernel
from myoscope.dsp_core.findings import Table

class Engine:
    def __init__(
        self,
        n_channels: int,
        rate_hz: float,
        settings: dict[str, Any],
        filter_kernel: FilterKernel,
        bank_kernel: BankKernel,
        model: tuple[
            npt.NDArray[np.uint8],
            npt.NDArray[np.float64],
            npt.NDArray[np.float64],
            npt.NDArray[np.float64],
        ],
    ) -> None: ...
    @property
    def sample(self) -> int: ...
    def process(self, samples: npt.NDArray[np.float32], lost_before: int) -> bool: ...
    def finish(self) -> None: ...
    def take(
        self,
    ) -> tuple[Table | None, Table | None, Table | None, Table | None, Table | None]: ...
