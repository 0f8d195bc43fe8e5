"""The hazard of joining that each growth curve implies, as a function of unconstrained parameters and calendar time.

A curve says which share of the universe has joined by time t: c·F(t), with ceiling c at or below 1. Among those still
outside, the chance of joining between s and t is then 1 − exp(−ΔH) with ΔH = log(1 − c·F(s)) − log(1 − c·F(t)).
ΔH adds up over any grid, so nothing depends on how finely time is cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redegov_analysis.forecast.curves import Array

# Ceiling: Beta(4, 1), with mean 0.8 and one chance in sixteen that it is below a half. Of the network's neighbours, SNC
# stood at 47 % after six years and NFS-e ended at all (in the end by law); of its own kinds of member, all 27 state
# governments and 24 of 26 capitals had joined by the end of 2023.
CEILING_PRIOR = (4.0, 1.0)
# Innovation p and imitation q per year: Sultan, Farley & Lehmann (1990, *JMR* 27:70-77) average 0.03 and 0.38 over 213
# applications. Coefficients are positive, right-skewed and differ by an order of magnitude between applications (Van
# den Bulte & Stremersch 2004, *Marketing Science* 23:530-544), hence logs: 95 % of q between 0.15 and 1.7 a year, of p
# between 0.0015 and 0.17. With these spreads the means are 0.6 and 0.03: q leans to faster than consumer durables.
INNOVATION_PRIOR = (float(np.log(0.016)), 1.2)
IMITATION_PRIOR = (float(np.log(0.5)), 0.6)
# A Gompertz curve takes as long from 10 % to 90 % as a logistic one 1.42 times as fast (4.39 / 3.08).
GOMPERTZ_SLOWER = float(np.log(3.08 / 4.39))
# The turning point of logistic and Gompertz, in years after the first total: with the averages above, Bass turns after
# ln(q/p)/(p + q) = 6.2 years; nine in ten between 1 and 11.
TURN_PRIOR = (6.0, 3.0)
# A hazard that no curve shapes: between 0.2 % and 90 % a year.
STEADY_PRIOR = (float(np.log(0.05)), 1.5)


@dataclass(frozen=True)
class Shape:
    """One curve as a hazard.

    Attributes
    ----------
    name
        Name of the curve.
    family
        Curves of one family say nearly the same on newcomers; a family has one vote in an ensemble.
    parameters
        Names of the unconstrained parameters.
    mean, sd
        Their normal prior, after the ceiling, whose prior is `CEILING_PRIOR` on the share itself.
    """

    name: str
    family: str
    parameters: tuple[str, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]

    @property
    def has_ceiling(self) -> bool:
        """Whether the first parameter is the logit of a ceiling."""
        return self.parameters[0] == "ceiling"

    @property
    def has_level(self) -> bool:
        """Whether the curve's level at the first total is free: the others begin there, or have none."""
        return "turn" in self.parameters

    def log_prior(self, theta: Array) -> Array:
        """Return the normalised log density of the prior.

        Parameters
        ----------
        theta
            Unconstrained parameters, shape (draws, parameters).

        Returns
        -------
        Array
            Shape (draws,).
        """
        first = int(self.has_ceiling)
        z = (theta[:, first:] - np.array(self.mean)) / np.array(self.sd)
        total: Array = (-0.5 * z**2 - np.log(np.array(self.sd)) - 0.5 * np.log(2 * np.pi)).sum(axis=1)
        if self.has_ceiling:
            a, b = CEILING_PRIOR
            # Density of logit c when c is Beta(a, 1): a·c^a·(1 − c)^b, for b = 1 exactly normalised.
            total = total + np.log(a) - a * np.logaddexp(0, -theta[:, 0]) - b * np.logaddexp(0, theta[:, 0])
        return total

    def sample_prior(self, size: int, rng: np.random.Generator) -> Array:
        """Draw from the prior.

        Parameters
        ----------
        size
            How many draws.
        rng
            Source of randomness.

        Returns
        -------
        Array
            Unconstrained parameters, shape (size, parameters).
        """
        rest = rng.normal(self.mean, self.sd, size=(size, len(self.mean)))
        if not self.has_ceiling:
            return rest
        share = rng.beta(*CEILING_PRIOR, size=size).clip(1e-9, 1 - 1e-9)
        return np.column_stack([np.log(share) - np.log1p(-share), rest])

    def cumulative_hazard(self, theta: Array, t: Array, start_share: Array) -> Array:
        """Return H(t), shape (draws, times), for times in years after the first total.

        Parameters
        ----------
        theta
            Unconstrained parameters, shape (draws, parameters).
        t
            Times in years, shape (draws or 1, times).
        start_share
            Share of the universe at time 0, shape (draws or 1, 1): where the Bass curve, which starts at nothing, is.

        Returns
        -------
        Array
            −log(1 − share of the universe reached), shape (draws, times).
        """
        # Far tails of a proposal: no curve is steeper or flatter than these, to double precision.
        theta = np.clip(theta, -30.0, 30.0)
        if self.name == "steady":
            return np.asarray(np.exp(theta[:, :1]) * t)
        share = 1 / (1 + np.exp(-theta[:, :1]))
        if self.name == "bass":
            level = _bass_share(theta, t, start_share)
        elif self.name == "gompertz":
            level = np.exp(-np.exp(np.clip(-np.exp(theta[:, 1:2]) * (t - theta[:, 2:3]), -50.0, 50.0)))
        else:
            level = 1 / (1 + np.exp(np.clip(-np.exp(theta[:, 1:2]) * (t - theta[:, 2:3]), -50.0, 50.0)))
        result: NDArray[np.float64] = -np.log1p(-np.minimum(share * level, 1 - 1e-9))
        return result


def _bass_share(theta: Array, t: Array, start_share: Array) -> Array:
    p, q = np.exp(theta[:, 1:2]), np.exp(theta[:, 2:3])
    share = 1 / (1 + np.exp(-theta[:, :1]))
    # The time at which the curve, begun from nothing, stood at the first total.
    begun = np.minimum(start_share / share, 0.999)
    lead = np.log((p + q * begun) / (p * (1 - begun))) / (p + q)
    # Nothing before it began: a first total dated by a window may be drawn a little earlier than time 0, its middle.
    decay = np.exp(-np.clip((p + q) * (t + lead), 0.0, 60.0))
    level: NDArray[np.float64] = p * (1 - decay) / (p + q * decay)
    return level


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape(
            "bass",
            "bass and logistic",
            ("ceiling", "log_p", "log_q"),
            (INNOVATION_PRIOR[0], IMITATION_PRIOR[0]),
            (INNOVATION_PRIOR[1], IMITATION_PRIOR[1]),
        ),
        Shape(
            "logistic",
            "bass and logistic",
            ("ceiling", "log_speed", "turn"),
            (IMITATION_PRIOR[0], TURN_PRIOR[0]),
            (IMITATION_PRIOR[1], TURN_PRIOR[1]),
        ),
        Shape(
            "gompertz",
            "gompertz",
            ("ceiling", "log_speed", "turn"),
            (IMITATION_PRIOR[0] + GOMPERTZ_SLOWER, TURN_PRIOR[0]),
            (IMITATION_PRIOR[1], TURN_PRIOR[1]),
        ),
        Shape("steady", "steady", ("log_hazard",), (STEADY_PRIOR[0],), (STEADY_PRIOR[1],)),
    )
}
