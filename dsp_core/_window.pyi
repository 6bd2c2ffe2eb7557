from typing import Any

import numpy as np
import numpy.typing as npt

def stretch(
    values: npt.NDArray[np.float32],
    step: int,
    smoothing: int,
    per_ms: float,
    low: int,
    high: int,
    width: int,
) -> dict[str, Any]: ...
