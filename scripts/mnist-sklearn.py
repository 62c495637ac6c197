#!/usr/bin/env python3
"""What scikit-learn's MLPClassifier takes and reaches on the images of `--example mnist`.

    taskset -c 0 scripts/mnist-sklearn.py --data target/data/mnist [--batch N] [--seeds N] [--epochs N]

The same network, 784-128-64-10 with ReLU, Adam with batches of 32, a rate of 0.002 and no L2, 54,000
images in float32, 10 epochs, one thread. The rate is constant and no image is moved: that is what
MLPClassifier does by itself. An epoch is one call of `partial_fit`, and nothing else is timed. The 54,000
are the first of the training files, where the example draws them; the test images are the same.
"""

import os

# Before numpy, which reads them once.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

TRAINING = 54_000
RATE = 2e-3


def read(path, magic, header):
    """The bytes behind the header of an IDX file."""
    content = np.fromfile(path, dtype=np.uint8)
    if content[:4].tobytes() != magic.to_bytes(4, "big"):
        sys.exit(f"{path}: no IDX file of its kind")
    return content[header:]


def images(folder, kind):
    pixels = read(folder / f"{kind}-images-idx3-ubyte", 0x0803, 16)
    labels = read(folder / f"{kind}-labels-idx1-ubyte", 0x0801, 8)
    return pixels.reshape(-1, 784).astype(np.float32) / np.float32(255), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the four IDX files")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    try:
        (x, y), (x_test, y_test) = (images(options.data, kind) for kind in ("train", "t10k"))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    x, y = x[:TRAINING], y[:TRAINING]
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, {len(y)} images")
    accuracies, seconds = [], []
    for seed in range(options.first, options.first + options.seeds):
        model = MLPClassifier(
            (128, 64),
            activation="relu",
            solver="adam",
            batch_size=options.batch,
            learning_rate_init=RATE,
            alpha=0.0,
            random_state=seed,
        )
        laps, busy = [], time.process_time()
        for _ in range(options.epochs):
            start = time.perf_counter()
            model.partial_fit(x, y, classes=np.arange(10))
            laps.append(time.perf_counter() - start)
        busy = (time.process_time() - busy) / options.epochs
        accuracies.append(100 * model.score(x_test, y_test))
        seconds += laps
        lap = statistics.median(laps)
        print(f"seed {seed}: {accuracies[-1]:.2f} %, {lap:.2f} s an epoch, {busy:.2f} s of the processor", flush=True)
    print(f"medians: {statistics.median(accuracies):.2f} %, {statistics.median(seconds):.2f} s an epoch")


if __name__ == "__main__":
    main()
