"""A shape learnt, placed and taken out, plainly; templates are as ``Shape.state`` gives them."""

from copy import copy

import numpy as np
from reference.window import averaged, sharpened

from myoscope.dsp_core._templates import template_limits

# The misfit of a shape that lies mostly outside of the signal.
NO_MATCH = 1e300
LIMITS = template_limits()
# What is further away than this from a potential's middle is no larger than what is nearer.
NEAR_MS = 2.0


class Signal:
    """Values and their points, which are 0 of what lies outside."""

    def __init__(self, values, step, per_ms):
        self.step = step
        self.wide = values.astype(np.float64)
        self.sharp = sharpened(self.wide, per_ms)
        self.points = averaged(self.sharp, step)
        self.wide_points = averaged(self.wide, step)

    def at(self, start, low, high):
        """Return (points ``low`` to ``high`` of what begins at row ``start``, which there are)."""
        rows = start + self.step * np.arange(low, high)
        there = (rows >= 0) & (rows < len(self.points))
        return np.where(there, self.points[np.where(there, rows, 0)], 0.0), there


def learnt(potentials, geometry, remembered):
    """Return (sharp, wide) of a template that learnt from (Signal, start) one after another.

    The rest of ``wide``, the tail of a potential, comes later.
    """
    sharp, wide, seen = (np.zeros(geometry["sharp"]) for _ in range(3))
    for count, (signal, start) in enumerate(potentials, 1):
        values, there = signal.at(start, 0, len(sharp))
        sharp[there] += (values - sharp)[there] / min(count, remembered)
        rows = start + signal.step * np.arange(len(wide))
        there = (rows >= 0) & (rows < len(signal.wide_points))
        seen[there] = np.minimum(remembered, seen[there] + 1)
        values = np.zeros(len(wide))
        values[there] = signal.wide_points[rows[there]]
        away = np.abs(np.arange(len(wide)) - geometry["before"])
        reach = int(NEAR_MS * geometry["per_ms"])
        most = np.abs(values[away <= reach]).max()
        far = away > NEAR_MS * geometry["per_ms"]
        values[far] = np.clip(values[far], -most, most)
        values = values[there]
        wide[there] += (values - wide[there]) / seen[there]
    return sharp, wide


class Template:
    """A template as the kernel has it, compared by the rules as they read."""

    def __init__(self, state):
        self.low, self.high = state["support"]
        self.sharp = np.array(state["sharp"])
        self.wide = np.array(state["wide"])
        self.seen = np.array(state["seen"])
        self.geometry = state["geometry"]
        self.count = state["count"]
        shape = self.sharp[self.low : self.high]
        self.power = np.sum(shape**2)
        self.extreme = self.low + int(np.argmax(np.abs(shape)))
        against = shape * self.sharp[self.extreme] < 0
        self.second = self.extreme
        if against.any():
            self.second = self.low + int(np.argmax(np.where(against, np.abs(shape), -1)))
        core = self.geometry["core"]
        away = np.abs(np.arange(self.low, self.high) - self.extreme) >= 2 * core
        like = away & (shape * self.sharp[self.extreme] > 0)
        self.third = self.extreme
        if like.any():
            self.third = self.low + int(np.argmax(np.where(like, np.abs(shape), -1)))
        self.core = max(self.low, self.extreme - core), min(self.high, self.extreme + core + 1)

    def misfit(self, signal, start, low, high):
        """Return the sum of squares of what differs, scaled up where not all is there."""
        values, there = signal.at(start, low, high)
        if 2 * there.sum() <= high - low:
            return NO_MATCH
        return np.sum((values - self.sharp[low:high])[there] ** 2) / there.mean()

    def slid(self, signal, start, low, high):
        """Return by how much the misfit falls when the template may lie between two rows."""
        inside = np.arange(max(low, 1), min(high, len(self.sharp) - 1))
        values, there = signal.at(start, low, high)
        kept = inside[there[inside - low]]
        slope = 0.5 * (self.sharp[kept + 1] - self.sharp[kept - 1])
        rest = values[kept - low] - self.sharp[kept]
        most = LIMITS["largest_slide"] / self.geometry["step"]
        slide = np.clip(np.sum(rest * slope) / (1e-9 + np.sum(slope**2)), -most, most)
        return np.sum(rest**2) - np.sum((rest - slide * slope) ** 2)

    def fall(self, signal, start, low, high):
        """Return by how much the power falls when the template is taken out."""
        values, there = signal.at(start, low, high)
        if 2 * there.sum() < high - low:
            return -np.inf
        rest = values - self.sharp[low:high]
        return np.sum((values**2 - rest**2)[there])

    def accepted(self, low, high, noise_uv):
        """Return the largest sum of squares by which equal shapes differ."""
        noise = noise_uv**2 * (1 + 1 / self.count)
        count = high - low
        by_noise = noise * (count + LIMITS["noise_deviations"] * np.sqrt(2 * count))
        return by_noise + LIMITS["misfit_share"] * np.sum(self.sharp[low:high] ** 2)

    def place(self, signal, peak, noise_uv, elastic, begun=False):
        """Return what the kernel's ``place`` returns."""
        step, reach = self.geometry["step"], self.geometry["reach"]
        value = signal.points[peak]
        extremes = [
            extreme
            for extreme in (self.extreme, self.second, self.third)
            if 1 / LIMITS["largest_ratio"] <= value / self.sharp[extreme] <= LIMITS["largest_ratio"]
        ]
        if begun and extremes:
            # All points that are compared are there wherever the template lies.
            latest = peak - min(extremes) * step + reach + step // 2
            high = min(self.high, (len(signal.wide) - latest) // step)
            if high <= self.extreme + self.geometry["core"]:
                return None
            part = copy(self)
            part.high, part.core = high, (self.core[0], min(high, self.core[1]))
            part.power = np.sum(self.sharp[self.low : high] ** 2)
            return part.place(signal, peak, noise_uv, elastic)
        best, start = NO_MATCH, None
        for extreme in extremes:
            centre = middle = peak - extreme * step
            for row in range(middle - reach // step * step, middle + reach + 1, step):
                if self.misfit(signal, row, self.low, self.high) < best:
                    best = self.misfit(signal, row, self.low, self.high)
                    centre = start = row
            for row in range(centre - step // 2, centre + step // 2 + 1):
                if self.misfit(signal, row, self.low, self.high) < best:
                    best, start = self.misfit(signal, row, self.low, self.high), row
        if start is None:
            return None
        fall = self.fall(signal, start, self.low, self.high) / self.power
        size, core = 0.0, self.misfit(signal, start, *self.core)
        best -= self.slid(signal, start, self.low, self.high)
        core -= self.slid(signal, start, *self.core)
        if elastic:
            core_power = np.sum(self.sharp[slice(*self.core)] ** 2)
            best = stretched(best, fall, self.power)
            core = stretched(core, self.fall(signal, start, *self.core) / core_power, core_power)
        else:
            spread = LIMITS["size_spread"] ** 2 + noise_uv**2 * (1 + 1 / self.count) / self.power
            size = ((fall - 1) / 2) ** 2 / (LIMITS["size_deviations"] ** 2 * spread)
        return {
            "start": start,
            "misfit": max(size, best / self.accepted(self.low, self.high, noise_uv)),
            "size": size,
            "core": core / self.accepted(*self.core, noise_uv),
            "fall": fall,
        }

    def best_fall(self, signal, low, high):
        """Return (largest fall as a share of the template's power, where)."""
        step = self.geometry["step"]

        def fall(row):
            return self.fall(signal, row, self.low, self.high)

        coarse = max(range(low - self.extreme * step, high - self.extreme * step, step), key=fall)
        start = max([coarse, *range(coarse - step // 2, coarse + step // 2 + 1)], key=fall)
        return fall(start) / self.power, start

    def take_out(self, signal, start, per_ms):
        """Return (values, sharpened values) without the template."""
        first, last = 0, len(self.wide) if self.seen[-1] else len(self.sharp)
        if self.count < LIMITS["averages_out"]:
            first, last = self.low, self.high
        wide = signal.wide - self.drawn(self.wide, first, last, len(signal.wide), start)
        tail = np.arange(max(0, len(wide) - start - last * self.geometry["step"]))
        if len(tail):
            kept = np.exp(-1 / (LIMITS["fading_ms"] * per_ms))
            wide[-len(tail) :] -= self.wide[last - 1] * kept ** (tail + 1)
        return wide, signal.sharp - self.drawn(self.sharp, self.low, self.high, len(wide), start)

    def drawn(self, points, low, high, count, start):
        """Return points as a line through the middles of their rows, 0 elsewhere."""
        step = self.geometry["step"]
        out = np.zeros(count)
        rows = np.arange(max(0, start + low * step), min(count, start + high * step))
        middles = start + np.arange(low, high) * step + (step - 1) / 2
        out[rows] = np.interp(rows, middles, points[low:high])
        return out


def stretched(misfit, fall, power):
    """Return what is left of a misfit when the template may be larger or smaller."""
    gain = (fall + 1) / 2
    if not LIMITS["least_gain"] < gain < 1 / LIMITS["least_gain"]:
        return misfit
    return max(0.0, misfit - (gain - 1) ** 2 * power)
