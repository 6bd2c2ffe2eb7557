import numpy as np
import numpy.typing as npt

_F32 = npt.NDArray[np.float32]
_F64 = npt.NDArray[np.float64]
_I32 = npt.NDArray[np.int32]
_U32 = npt.NDArray[np.uint32]

def extend(
    samples: _F32,
    first_sample: int,
    samples_per_sweep: int,
    previous: _F32,
    low: _F32,
    high: _F32,
) -> None: ...
def interrupt(
    from_sample: int,
    to_sample: int,
    samples_per_sweep: int,
    previous: _F32,
    low: _F32,
    high: _F32,
) -> None: ...
def paint(
    first_column: int,
    end_column: int,
    low: _F32,
    high: _F32,
    channels: _I32,
    zero_px: _F64,
    px_per_uv: float,
    top_px: _I32,
    bottom_px: _I32,
    colours: _U32,
    line_px: int,
    background: _U32,
    image: _U32,
) -> None: ...
def erase(first_column: int, end_column: int, background: _U32, image: _U32) -> None: ...
def pile(
    low: _F32,
    high: _F32,
    zero_px: float,
    px_per_unit: float,
    line_px: int,
    colours: _U32,
    edges: _I32,
    image: _U32,
) -> None: ...
