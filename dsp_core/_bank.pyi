import numpy as np
import numpy.typing as npt

class BankKernel:
    def __init__(
        self,
        n_channels: int,
        widths: npt.NDArray[np.intc],
        window_rows: int,
        quantile_scale: npt.NDArray[np.float64],
        floor_uv: npt.NDArray[np.float64],
    ) -> None: ...
    @property
    def n_channels(self) -> int: ...
    @property
    def delay(self) -> int: ...
    @property
    def warm_up(self) -> int: ...
    def deflections(
        self, rows: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]: ...
    def noise_uv(self) -> npt.NDArray[np.float32]: ...
