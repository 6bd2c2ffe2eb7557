import numpy as np
import numpy.typing as npt

def rhythm(times: npt.NDArray[np.float64], rate_hz: float) -> tuple[float, float, float, float]: ...
def keeps_time(times: npt.NDArray[np.float64], period_samples: float) -> bool: ...
def compare(
    first: npt.NDArray[np.float32],
    second: npt.NDArray[np.float32],
    peak: int,
    before: int,
    points: int,
    step: int,
    furthest: int,
    noise_uv: float,
) -> tuple[bool, int, float]: ...
