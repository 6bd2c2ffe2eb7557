import numpy as np
import numpy.typing as npt

def kind_posterior(
    kinds: npt.NDArray[np.uint8],
    priors: npt.NDArray[np.float64],
    means: npt.NDArray[np.float64],
    spreads: npt.NDArray[np.float64],
    features: npt.NDArray[np.float64],
    known: npt.NDArray[np.uint8],
    n_intervals: int,
) -> npt.NDArray[np.float64]: ...
