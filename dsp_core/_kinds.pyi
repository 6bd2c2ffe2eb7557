from typing import Any

import numpy as np
import numpy.typing as npt

def kind_codes() -> dict[str, int]: ...
def context_flags() -> dict[str, int]: ...
def judge_row(
    kinds: npt.NDArray[np.uint8],
    priors: npt.NDArray[np.float64],
    means: npt.NDArray[np.float64],
    spreads: npt.NDArray[np.float64],
    row: dict[str, Any],
) -> tuple[int, npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.float64]]: ...
