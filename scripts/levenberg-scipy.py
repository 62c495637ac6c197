#!/usr/bin/env python3
"""Levenberg-Marquardt beside MINPACK's (scipy's least_squares(method="lm")), at equal numbers of Jacobians.

Needs numpy and scipy. Reads what `cargo run --release --example regression -- --dampings FILE --starts 100`
has written: data, starts, and J after each number of Jacobians by each damping. Trains the same networks
from the same starts by MINPACK, with derivatives by hand, and prints the medians over the starts, of J
and of its ratio to MINPACK's.
"""

import sys
from collections import defaultdict

import numpy as np
from scipy.optimize import least_squares

AFTER = [10, 20, 50, 100, 200]
DAMPINGS = ["identity", "diagonal"]


def unrolled(theta, sizes):
    """Each layer's bias and weights; column after column, the bias first."""
    at = 0
    for s_in, s_out in zip(sizes, sizes[1:]):
        matrix = theta[at : at + s_out * (s_in + 1)].reshape(s_in + 1, s_out).T
        at += matrix.size
        yield matrix[:, 0], matrix[:, 1:]


def residuals(theta, x, y, sizes):
    (b1, w1), (b2, w2) = unrolled(theta, sizes)
    return (np.tanh(x @ w1.T + b1) @ w2.T + b2)[:, 0] - y


def jacobian(theta, x, y, sizes):
    (b1, w1), (_, w2) = unrolled(theta, sizes)
    a = np.tanh(x @ w1.T + b1)
    delta = w2[0] * (1 - a * a)
    ones = np.ones((len(x), 1))
    columns = [delta * column for column in np.hstack([ones, x]).T[:, :, None]]
    return np.hstack([*columns, ones, a])


class Enough(Exception):
    """As many Jacobians as were asked for."""


def course(start, x, y, sizes):
    """J after each Jacobian: it is asked for where a step was taken."""
    seen = []

    def counted(theta, *args):
        seen.append(np.mean(residuals(theta, *args) ** 2) / 2)
        if len(seen) > max(AFTER):
            raise Enough
        return jacobian(theta, *args)

    try:
        found = least_squares(
            residuals, start, counted, method="lm", x_scale="jac", args=(x, y, sizes),
            ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=20000,
        )  # fmt: skip
        last = np.mean(found.fun**2) / 2
        seen += [last] * (max(AFTER) + 1 - len(seen))
    except Enough:
        pass
    return seen[1:]


lines = defaultdict(lambda: defaultdict(list))
for line in open(sys.argv[1]):
    name, word, *numbers = line.split()
    lines[name][word].append(np.array([float(number) for number in numbers]))
for name, of in lines.items():
    sizes = [int(size) for size in of["sizes"][0]]
    rows = np.array(of["row"])
    x, y = rows[:, :-1], rows[:, -1]
    minpack = np.array([course(start, x, y, sizes) for start in of["start"]])
    print(f"{name}, {len(rows)} examples, {'-'.join(map(str, sizes))}, {len(minpack)} starts: median J, ratio")
    for after in AFTER:
        theirs = minpack[:, after - 1]
        print(f"  after {after:3} Jacobians: MINPACK {np.median(theirs):.3e}", end="")
        for damping in DAMPINGS:
            ours = np.array(of[damping])[:, after - 1]
            ratio = np.median(ours / theirs)
            print(f"   {damping} {np.median(ours):.3e} ({np.median(ours) / np.median(theirs):.2f}, {ratio:.2f})", end="")
        print()
