"""Running a detector over samples that are cut as a test asks."""

import itertools

import numpy as np

from myoscope.dsp_core.detector import SpontaneousActivityDetector

RATE_HZ = 10_000.0


KEPT = ("potentials", "trains", "alerts")
ALL = (*KEPT, "peaks", "spikes")


def tables(findings, names=KEPT):
    """Return the findings of a run as one table of each name."""
    return [np.concatenate([getattr(one, name) for one in findings]) for name in names]


def run(samples, lengths=None, lost=None, rate_hz=RATE_HZ, settings=None, names=KEPT):
    """Run a detector over samples cut into blocks of the given lengths, then the rest."""
    detector = SpontaneousActivityDetector(samples.shape[1], rate_hz, settings)
    edges = np.minimum(np.cumsum([0, *(lengths or [])]), len(samples))
    bounds = [*edges, len(samples)]
    lost = lost or {}
    findings = []
    for start, end in itertools.pairwise(bounds):
        # A gap stands before a row; a block never reaches over one.
        cuts = sorted({start, end, *(row for row in lost if start < row < end)})
        for low, high in zip(cuts, cuts[1:] or [start], strict=False):
            missing = lost.pop(low, 0) if high > low else 0
            findings.append(detector.process(samples[low:high], missing))
    findings.append(detector.finish())
    return tables(findings, names)
