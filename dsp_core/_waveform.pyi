import numpy as np
import numpy.typing as npt

def measure_waveform(
    values: npt.NDArray[np.float32],
    search_from: int,
    search_to: int,
    samples_per_ms: float,
    noise_uv: float,
) -> dict[str, float]: ...
