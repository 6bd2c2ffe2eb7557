"""What does the detector find in each virtual patient, and what does it raise falsely?

    python bench/detection_by_scenario.py
    python bench/detection_by_scenario.py --seconds 300 rest mains voluntary

One line for each kind that a scenario holds: how many potentials there were (20 µV or more), which
share was found within 2.5 ms, which share found and named right, and which share of those named so
was right; and for the scenario the alerts. The seeds, 1001 and on, were not used for tuning.
"""

import argparse
from collections import Counter

import numpy as np

from myoscope.acquisition.simulation import SCENARIOS, simulate
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.findings_log import newest_rows
from myoscope.recordings.tables import final_kinds

FIRST_SEED = 1001
TOLERANCE_S = 2.5e-3
SMALLEST_UV = 20.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="all where none is given")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each patient")
    parser.add_argument("--patients", type=int, default=4, help="seeds of each scenario")
    parser.add_argument("--rate", type=float, default=20_000.0, help="Hz")
    chosen = parser.parse_args()
    print(f"{'scenario':24}{'kind':30}{'potentials':>11}{'found':>8}{'named':>8}{'right':>8}")
    for name in chosen.scenarios or SCENARIOS:
        seeds = range(FIRST_SEED, FIRST_SEED + chosen.patients)
        judge(name, chosen.rate, chosen.seconds, seeds)


def judge(name: str, rate_hz: float, seconds: float, seeds: range) -> None:
    """Print the lines of one scenario."""
    there, found, right, named, alerts = Counter(), Counter(), Counter(), Counter(), Counter()
    for seed in seeds:
        samples, truth = simulate(name, rate_hz, 1, seconds, seed)
        detector = SpontaneousActivityDetector(1, rate_hz)
        findings = [detector.process(samples), detector.finish()]
        potentials, trains, raised = (
            np.concatenate([getattr(one, table) for one in findings])
            for table in ("potentials", "trains", "alerts")
        )
        kinds = final_kinds(potentials, newest_rows(trains, "train"))
        named.update(Kind(kind).label for kind in kinds)
        alerts.update(Kind(row["kind"]).words for row in raised if row["cleared_sample"] < 0)
        for kind in np.unique(truth["kind"]):
            rows = truth[(truth["kind"] == kind) & (truth["amplitude_uv"] >= SMALLEST_UV)]
            partners = matched(rows["sample"], potentials["sample"], TOLERANCE_S * rate_hz)
            there[kind] += len(rows)
            found[kind] += sum(partner is not None for partner in partners)
            right[kind] += sum(
                partner is not None and Kind(kinds[partner]).label == kind for partner in partners
            )
    for kind in sorted(there):
        shares = ""
        if there[kind]:
            shares = f"{there[kind]:11d}{found[kind] / there[kind]:8.3f}"
            shares += f"{right[kind] / there[kind]:8.3f}{right[kind] / max(1, named[kind]):8.3f}"
        print(f"{name:24}{kind:30}{shares}")
    said = ", ".join(f"{count} {kind}" for kind, count in alerts.most_common()) or "none"
    print(f"{name:24}alerts in {len(seeds) * seconds / 60:g} minutes: {said}")


def matched(wanted, given, tolerance):
    """Return for each of ``wanted`` the index of the nearest free one of ``given``, or None."""
    order = np.argsort(given, kind="stable")
    free = dict.fromkeys(order.tolist())
    partners = []
    for sample in np.sort(wanted):
        low, high = np.searchsorted(given[order], [sample - tolerance, sample + tolerance + 1])
        near = [index for index in order[low:high].tolist() if index in free]
        partner = min(
            near, key=lambda index, sample=sample: abs(given[index] - sample), default=None
        )
        free.pop(partner, None)
        partners.append(partner)
    return partners


if __name__ == "__main__":
    main()
