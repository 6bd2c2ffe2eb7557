import numpy as np
import numpy.typing as npt

def take_out(
    points: npt.NDArray[np.float32],
    values: npt.NDArray[np.float32],
    low: int,
    high: int,
    before: int,
    step: int,
    fading_rows: float,
) -> tuple[int, float, npt.NDArray[np.float32]]: ...
