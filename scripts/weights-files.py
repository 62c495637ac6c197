#!/usr/bin/env python3
"""Writes tests/weights_files/*.safetensors as other programs do: PyTorch, NumPy in Keras's naming, and
Keras and scikit-learn through scripts/export.py.

Needs torch, tensorflow, keras, scikit-learn, numpy and safetensors. The metadata of each file has an x, and the y that
its writer computes of it, one number behind the other.

    scripts/weights-files.py --read FOLDER

reads what we write, by the library of safetensors, and computes y of it. The folder is that of

    CONSTPROP_FOLDER=FOLDER cargo test --test weights -- --ignored files_for_python
"""

import argparse
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"  # The only one that computes in f64.

import export
import keras
import numpy
import torch
from safetensors import safe_open
from safetensors.numpy import load_file as load_numpy
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file as load_torch
from safetensors.torch import save_file as save_torch
from sklearn.neural_network import MLPClassifier, MLPRegressor

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "weights_files"


def words(x, y):
    def line(numbers):
        return " ".join(repr(float(number)) for number in numbers)

    return {"x": line(x), "y": line(y)}


class Wrapped(torch.nn.Module):
    """A module whose layers have a prefix."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            setattr(self, name, module)


def sequential(*layers):
    torch.manual_seed(7)
    return torch.nn.Sequential(*layers)


def randomize_norms(module):
    for norm in module.modules():
        if isinstance(norm, torch.nn.BatchNorm1d):
            size = norm.num_features
            norm.running_mean = torch.randn(size, dtype=torch.float64)
            norm.running_var = torch.rand(size, dtype=torch.float64) + 0.01
            if norm.affine:
                norm.weight = torch.nn.Parameter(torch.randn(size, dtype=torch.float64))
                norm.bias = torch.nn.Parameter(torch.randn(size, dtype=torch.float64))


X = [0.3, -1.2, 0.7]


def write_torch(name, module, run, dtype, metadata_dtype=None):
    """`run` computes in `metadata_dtype`, of the numbers that the file has."""
    module = module.to(dtype)
    state = {key: value.contiguous() for key, value in module.state_dict().items()}
    exact = module.to(metadata_dtype or dtype).eval()
    x = torch.tensor([X], dtype=metadata_dtype or dtype)
    with torch.no_grad():
        y = run(exact)(x)[0]
    save_torch(state, FOLDER / f"{name}.safetensors", metadata={"format": "pt"} | words(x[0], y))


def small():
    nn = torch.nn
    return sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def every_activation():
    nn = torch.nn
    activations = [
        nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.LeakyReLU(0.01), nn.ELU(), nn.GELU(approximate="tanh"),
        nn.SiLU(), nn.Softplus(), nn.Identity(), nn.Softmax(dim=-1),
    ]
    layers = []
    for index, activation in enumerate(activations):
        layers += [nn.Linear(3 if index == 0 else 4, 4), activation]
    return sequential(*layers)


def normalized():
    nn = torch.nn
    layers = sequential(
        nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.Tanh(), nn.Dropout(0.1),
        nn.Linear(4, 4), nn.BatchNorm1d(4, affine=False), nn.Sigmoid(),
        nn.Linear(4, 2),
    )
    randomize_norms(layers)
    return layers


def write_keras():
    """What Keras calls them, [in, out]; with batch normalization, whose ε is 1e-3 there."""
    draw = numpy.random.default_rng(3)
    sizes = [3, 4, 2]
    tensors, x = {}, numpy.array(X)
    a = x
    for index, (s_in, s_out) in enumerate(zip(sizes, sizes[1:])):
        name = "dense" if index == 0 else f"dense_{index}"
        kernel, bias = draw.normal(size=(s_in, s_out)), draw.normal(size=s_out)
        tensors[f"policy/{name}/kernel:0"], tensors[f"policy/{name}/bias:0"] = kernel, bias
        z = a @ kernel + bias
        a = numpy.tanh(z) if index == 0 else z
    save_numpy(tensors, FOLDER / "keras-f64.safetensors", metadata=words(x, a))

    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    norms = {name: draw.normal(size=4) for name in names}
    norms["moving_variance"] **= 2
    kernel, bias = tensors["policy/dense/kernel:0"], tensors["policy/dense/bias:0"]
    z = x @ kernel + bias
    scaled = (z - norms["moving_mean"]) / numpy.sqrt(norms["moving_variance"] + 1e-3)
    a = numpy.tanh(scaled * norms["gamma"] + norms["beta"])
    last, last_bias = tensors["policy/dense_1/kernel:0"], tensors["policy/dense_1/bias:0"]
    file = {"first/kernel": kernel, "first/bias": bias, "last/kernel": last, "last/bias": last_bias}
    file |= {f"norm/{name}": values for name, values in norms.items()}
    y = a @ last + last_bias
    save_numpy(file, FOLDER / "keras-normalized-f64.safetensors", metadata=words(x, y))


def write_ours():
    """What docs/formats.md asks a foreign program for."""
    draw = numpy.random.default_rng(5)
    theta1, theta2 = draw.normal(size=(4, 4)), draw.normal(size=(5, 2))
    x = numpy.array(X)
    a = numpy.tanh(numpy.append(1.0, x) @ theta1)
    y = numpy.append(1.0, a) @ theta2
    network = "3 => 4 Tanh => 2 Identity minimizing HalfSquaredError"
    metadata = {"constprop": "1", "network": network} | words(x, y)
    path = FOLDER / "numpy-f64.safetensors"
    save_numpy({"theta1": theta1, "theta2": theta2}, path, metadata=metadata)


def write_exported(name, model, y, dtype):
    """What export.py makes of a model, with x and the model's own y beside it."""
    path = FOLDER / f"{name}.safetensors"
    export.save(model, path, dtype)
    with safe_open(path, "numpy") as file:
        metadata = file.metadata() | words(X, y)
    save_numpy(load_numpy(path), path, metadata=metadata)


def write_trained_keras(floatx, dtype):
    """Trained, so that mean and variance are those of numbers."""
    keras.utils.set_random_seed(5)
    keras.config.set_floatx(floatx)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((3,)),
        layers.Dense(5, use_bias=False), layers.BatchNormalization(), layers.Activation("tanh"),
        layers.Dropout(0.1),
        # The slope is rounded to f32 whatever floatx is; this one is exact.
        layers.Dense(4, activation="silu"), layers.Dense(4), layers.LeakyReLU(negative_slope=0.25),
        layers.Dense(2, activation="softmax"),
    ])  # fmt: skip
    draw = numpy.random.default_rng(1)
    model.compile(loss="mse")
    model.fit(draw.normal(size=(64, 3)), draw.random(size=(64, 2)), epochs=3, verbose=0)
    y = export.array(model(numpy.array([X], dtype=floatx), training=False))[0]
    write_exported(f"keras-trained-{dtype.lower()}", model, y, dtype)


def write_exported_torch():
    """The network of pytorch-normalized-f64, which constprop folds itself."""
    module = normalized().double().eval()
    with torch.no_grad():
        y = module(torch.tensor([X], dtype=torch.float64))[0]
    write_exported("pytorch-exported-f64", module, y, "F64")


def write_scikit_learn():
    draw = numpy.random.default_rng(2)
    x = draw.normal(size=(100, 3))
    y = numpy.tanh(x @ draw.normal(size=(3, 2)))
    settings = {"random_state": 3, "max_iter": 20}
    model = MLPRegressor(hidden_layer_sizes=(5, 4), activation="relu", **settings).fit(x, y)
    write_exported("scikit-learn-regressor-f64", model, model.predict([X])[0], "F64")
    model = MLPClassifier(hidden_layer_sizes=(5,), activation="tanh", **settings).fit(x, x.argmax(axis=1))
    write_exported("scikit-learn-classifier-f64", model, model.predict_proba([X])[0], "F64")
    model = MLPClassifier(hidden_layer_sizes=(4,), activation="logistic", **settings).fit(x, x[:, 0] > 0)
    write_exported("scikit-learn-binary-f64", model, model.predict_proba([X])[0, 1:], "F64")


def layers_of(tensors, names):
    """[W, b] of both layers, in any of our namings."""
    if names == "ours":
        return [(theta[1:].T, theta[0]) for theta in (tensors["theta1"], tensors["theta2"])]
    if names == "keras":
        return [(tensors[f"{l}/kernel"].T, tensors[f"{l}/bias"]) for l in ("dense", "dense_1")]
    return [(tensors[f"{l}.weight"], tensors[f"{l}.bias"]) for l in "02"]


def read(folder):
    """Files of a network 3 => 4 Tanh => 2 Identity, and a y.txt with x and our y."""
    x, expected = (numpy.array(line.split(), dtype=float) for line in open(folder / "y.txt"))
    paths = sorted(folder.glob("*.safetensors"))
    # So much may rounding the parameters change y.
    most = {"f64": 1e-12, "f32": 1e-6, "f16": 1e-2, "bf16": 1e-1}
    for path in paths:
        names, dtype = path.stem.split("-")
        tensors = {name: tensor.double().numpy() for name, tensor in load_torch(path).items()}
        (first, first_bias), (last, last_bias) = layers_of(tensors, names)
        y = last @ numpy.tanh(first @ x + first_bias) + last_bias
        difference = numpy.abs(y - expected).max()
        print(f"{path.name}: {difference:.1e}")
        assert difference < most[dtype], path
    assert len(paths) == 12, "three namings of four dtypes"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--read", type=pathlib.Path, metavar="FOLDER")
    folder = parser.parse_args().read
    write() if folder is None else read(folder)


def write():
    FOLDER.mkdir(exist_ok=True)
    double = torch.float64
    write_torch("pytorch-f64", Wrapped(net=small()), lambda module: module.net, double)
    write_torch("pytorch-f32", Wrapped(net=small()), lambda module: module.net, torch.float32)
    for name, dtype in [("f16", torch.float16), ("bf16", torch.bfloat16)]:
        write_torch(f"pytorch-{name}", small(), lambda module: module, dtype, double)
    write_torch("pytorch-activations-f64", every_activation(), lambda module: module, double)
    inner = Wrapped(actor=Wrapped(mlp=small()), critic=Wrapped(mlp=small()))
    compiled = Wrapped(_orig_mod=inner)
    write_torch(
        "pytorch-actor-critic-f64", compiled, lambda module: module._orig_mod.actor.mlp, double
    )
    write_torch("pytorch-normalized-f64", Wrapped(net=normalized()), lambda module: module.net, double)
    write_keras()
    write_ours()
    write_exported_torch()
    write_trained_keras("float64", "F64")
    write_trained_keras("float32", "F32")
    write_scikit_learn()


if __name__ == "__main__":
    main()
