import numpy as np
import numpy.typing as npt

def looks(
    values: npt.NDArray[np.float32], count: int, every: int, points_per_ms: float
) -> list[tuple[bool, bool, float]]: ...
