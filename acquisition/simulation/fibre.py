"""A muscle fibre as a line source, seen by a concentric needle."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

Waveform = npt.NDArray[np.float64]

# Conductivities in S/m: inside the fibre, across and along the fibres outside of it.
# Nandedkar & Stålberg 1983, Med Biol Eng Comput 21:158; Andreassen & Rosenfalck 1981.
INSIDE_S_M = 1.01
ACROSS_S_M = 0.063
ALONG_S_M = 0.33
ANISOTROPY = ALONG_S_M / ACROSS_S_M

# The wave is over 12 mm behind its front: y³e^(−y) is then below 1e-6 of its peak.
WAVE_LENGTH_MM = 12.0


@dataclass(frozen=True, slots=True)
class MuscleFibre:
    """A straight fibre along the z axis, excited at z = 0 or elsewhere, with two ends.

    The needle's core is at z = 0; ends and origin are given relative to it.

    Attributes
    ----------
    diameter_um
        Diameter, micrometres; denervated fibres 25 to 50, normal ones 45 to 65.
    across_mm
        Distance of the fibre from the core at right angles to the needle's shaft.
    along_shaft_mm
        Distance of the fibre from the core's centre along the needle's shaft, towards the hub.
    origin_mm
        Where excitation starts.
    ends_mm
        Where the fibre ends, or where conduction is blocked; the origin lies between.
    """

    diameter_um: float
    across_mm: float
    along_shaft_mm: float = 0.0
    origin_mm: float = -20.0
    ends_mm: tuple[float, float] = (-50.0, 50.0)

    @property
    def velocity_m_s(self) -> float:
        """Conduction velocity (= mm/ms) from the diameter, Nandedkar & Stålberg 1983."""
        return 3.7 + 0.05 * (self.diameter_um - 55.0)


def vm_slope_mv_mm(behind_mm: Waveform) -> Waveform:
    """Return dVm/dx, in mV/mm, ``behind_mm`` behind the front of the wave.

    Notes
    -----
    Vm = 96 y³ e^(−y) − 90 mV with y = 2x, x in mm (Rosenfalck 1969).
    """
    y = 2.0 * np.clip(behind_mm, 0.0, None)
    return np.asarray(96.0 * 2.0 * (3.0 - y) * y * y * np.exp(-y))


def _core_points() -> tuple[Waveform, Waveform, Waveform]:
    """Return fibre-wise, shaft-wise positions (mm) and weights of points over the core.

    The core is the elliptical section of a 0.15 mm wire, bevelled at 15°: 0.15 × 0.58 mm,
    0.07 mm². Gauss–Legendre along the shaft, three points across.
    """
    nodes, weights = np.polynomial.legendre.leggauss(7)
    shaft = 0.29 * nodes
    width = 0.075 * np.sqrt(1.0 - nodes**2)
    across, across_weights = np.polynomial.legendre.leggauss(3)
    z = width[:, None] * across[None, :]
    weight = (weights * width)[:, None] * across_weights[None, :]
    y = np.broadcast_to(shaft[:, None], z.shape)
    return z.ravel(), y.ravel(), weight.ravel() / weight.sum()


_CORE_Z, _CORE_Y, _CORE_WEIGHT = _core_points()
# The cannula: the shaft from the far rim of the bevel to where muscle ends, 15 mm up.
_CANNULA_Y = np.linspace(0.6, 15.0, 16)


# Where the weights are computed: they are smooth, the finer the nearer to the core.
_FAR_MM = np.geomspace(1.2, 150.0, 160)
_GRID_MM = np.concatenate([-_FAR_MM[:0:-1], np.linspace(-1.2, 1.2, 241), _FAR_MM[1:]])


def _weight_slope(fibre: MuscleFibre, z_mm: Waveform) -> Waveform:
    """Return d/dz of the mean of 1/R over the core, less that over the cannula, per mm²."""
    return np.interp(z_mm, _GRID_MM, _grid_weight_slope(fibre, _GRID_MM))


def _grid_weight_slope(fibre: MuscleFibre, z_mm: Waveform) -> Waveform:
    r2 = ANISOTROPY * (fibre.across_mm**2 + (_CORE_Y - fibre.along_shaft_mm) ** 2)
    dz = z_mm[None, :] - _CORE_Z[:, None]
    core = _CORE_WEIGHT @ (-dz / (r2[:, None] + dz * dz) ** 1.5)
    # The shaft is 0.46 mm thick: no fibre runs nearer to its axis than 0.23 mm.
    near2 = np.maximum(fibre.across_mm**2 + (_CANNULA_Y - fibre.along_shaft_mm) ** 2, 0.23**2)
    cannula = (-z_mm[None, :] / (ANISOTROPY * near2[:, None] + z_mm[None, :] ** 2) ** 1.5).mean(0)
    return np.asarray(core - cannula)


def fibre_potential(fibre: MuscleFibre, rate_hz: float, duration_ms: float) -> Waveform:
    """Return the potential of one discharge, core less cannula, in µV, electrode positive.

    Parameters
    ----------
    fibre
        The fibre and where it lies.
    rate_hz
        Sampling rate; below 50 kHz the fine structure is lost.
    duration_ms
        How long to go on after the excitation starts.

    Returns
    -------
    float64 array, shape (duration_ms · rate_hz / 1000,), microvolts

    Notes
    -----
    The membrane current per length is σi π (d/2)² ∂²Vm/∂z². Beyond the ends (and on both sides
    of the origin) the axial current is zero or turns round; integrating by parts moves the
    derivative to the weight function, so that the sources at ends and origin appear by themselves
    and each of the two waves is one convolution.
    """
    n = max(1, round(duration_ms * 1e-3 * rate_hz))
    step_mm = fibre.velocity_m_s * 1e3 / rate_hz
    behind_mm = step_mm * (np.arange(round(WAVE_LENGTH_MM / step_mm), dtype=np.float64) + 0.5)
    wave = vm_slope_mv_mm(behind_mm)
    scale = INSIDE_S_M * (fibre.diameter_um * 0.5e-3) ** 2 / (4.0 * ACROSS_S_M)  # π cancels
    total = np.zeros(n)
    for direction, end_mm in ((1.0, fibre.ends_mm[1]), (-1.0, fibre.ends_mm[0])):
        reach = min(n, round((end_mm - fibre.origin_mm) * direction / step_mm))
        if reach <= 0:
            continue
        z = fibre.origin_mm + direction * step_mm * (np.arange(reach, dtype=np.float64) + 0.5)
        arrived = scipy.signal.oaconvolve(_weight_slope(fibre, z), wave)[:n]
        total[: arrived.size] += direction * arrived
    return np.asarray(1e3 * scale * step_mm * total)
