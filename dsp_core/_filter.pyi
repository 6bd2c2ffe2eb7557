import numpy as np
import numpy.typing as npt

class FilterKernel:
    def __init__(
        self,
        n_channels: int,
        high_sections: npt.NDArray[np.float64],
        low_sections: npt.NDArray[np.float64],
        mains_per_sample: float,
        n_harmonics: int,
        step: float,
        resync_rows: int,
        inverted: bool,
    ) -> None: ...
    @property
    def n_channels(self) -> int: ...
    def restart(self) -> None: ...
    def filter_block(
        self, samples: npt.NDArray[np.float32], first_sample: int
    ) -> npt.NDArray[np.float32]: ...
