#!/usr/bin/env python3
"""Weights of a trained model, as constprop reads them: docs/from-python.md, docs/formats.md.

    import export
    export.save(model, "policy.safetensors")      # prints the network! that fits

A model is a torch.nn.Module, a Keras model, an MLPClassifier or MLPRegressor of scikit-learn, or a list of
(weights [out, in], bias [out], "Tanh"). Needs numpy and safetensors: of the others it takes the arrays that it
finds. What is no chain of layers is an error that says where, and a model is run: what its layers are found to
compute has to be what it computes.

    scripts/export.py arrays.npz policy.safetensors --activations Tanh,Identity    # W1, b1, W2, b2, …
"""

import argparse
import copy
import fractions
import re

import numpy
from safetensors.numpy import save_file


def softmax(z):
    powers = numpy.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# As network! has them; s is the slope or the α of those that have one.
ACTIVATIONS = {
    "Sigmoid": lambda z, s: (1 + numpy.tanh(z / 2)) / 2,
    "Tanh": lambda z, s: numpy.tanh(z),
    "Relu": lambda z, s: numpy.maximum(z, 0),
    "LeakyRelu": lambda z, s: numpy.where(z > 0, z, s * z),
    "Elu": lambda z, s: numpy.where(z > 0, z, s * numpy.expm1(numpy.minimum(z, 0))),
    "Gelu": lambda z, s: z / 2 * (1 + numpy.tanh(numpy.sqrt(2 / numpy.pi) * (z + 0.044715 * z**3))),
    "Silu": lambda z, s: z * (1 + numpy.tanh(z / 2)) / 2,
    "Softplus": lambda z, s: numpy.logaddexp(z, 0),
    "Identity": lambda z, s: z,
    "Softmax": lambda z, s: softmax(z),
}
# What they are unless it is said.
CONSTANTS = {"LeakyRelu": 0.01, "Elu": 1.0}
NAMES = {name.lower(): name for name in ACTIVATIONS}
NAMES |= {"logistic": "Sigmoid", "swish": "Silu", "linear": "Identity"}
DTYPES = {"F16": numpy.float16, "F32": numpy.float32, "F64": numpy.float64}
# Nothing is left of these when a network predicts, or they only change how x lies.
NOTHING = {"dropout", "alphadropout", "gaussiandropout", "gaussiannoise", "flatten", "inputlayer"}


class Unreadable(ValueError):
    """What the model has and a chain of layers has not."""


class Chain:
    """Θ after Θ, each with what comes behind it."""

    def __init__(self):
        self.layers = []  # [weights [out, in], bias [out], activation or None, its constant]

    def linear(self, weights, bias, where):
        weights = array(weights)
        if weights.ndim != 2:
            raise Unreadable(f"{where}: weights of shape {weights.shape}, not [out, in]")
        bias = numpy.zeros(len(weights)) if bias is None else array(bias)
        if bias.shape != weights.shape[:1]:
            raise Unreadable(f"{where}: weights {weights.shape} and bias {bias.shape} do not fit")
        if self.layers and self.layers[-1][2] == "Softmax":
            raise Unreadable(f"{where}: a layer behind Softmax, which is an output's alone")
        if self.layers and weights.shape[1] != len(self.layers[-1][1]):
            before = len(self.layers[-1][1])
            raise Unreadable(f"{where}: takes {weights.shape[1]} numbers, and {before} come")
        self.layers.append([weights, bias, None, None])

    def normalize(self, mean, variance, gamma, beta, epsilon, where):
        """Folded into the layer: W becomes s W, b becomes s (b - mean) + beta."""
        if not self.layers or self.layers[-1][2] not in (None, "Identity"):
            raise Unreadable(f"{where}: a normalization that is not right behind a layer")
        if mean is None or variance is None:
            raise Unreadable(f"{where}: a normalization without running mean and variance")
        weights, bias = self.layers[-1][:2]
        scale = 1 / numpy.sqrt(array(variance) + epsilon)
        scale = scale if gamma is None else scale * array(gamma)
        shift = 0.0 if beta is None else array(beta)
        self.layers[-1][:2] = weights * scale[:, None], (bias - array(mean)) * scale + shift

    def activate(self, name, where, constant=None):
        known = NAMES.get(name.replace("_", "").lower())
        if known is None:
            raise Unreadable(f"{where}: {name} is neither a layer nor an activation that constprop has")
        if known == "Identity" and not (self.layers and self.layers[-1][2] is None):
            return
        if not self.layers:
            raise Unreadable(f"{where}: {name} in front of the first layer")
        if self.layers[-1][2] not in (None, "Identity"):
            raise Unreadable(f"{where}: {name} behind {self.layers[-1][2]}")
        usual = CONSTANTS.get(known)
        self.layers[-1][2:] = known, usual if None in (usual, constant) else constant

    def run(self, x):
        for weights, bias, name, constant in self.layers:
            x = ACTIVATIONS[name or "Identity"](x @ weights.T + bias, constant)
        return x

    def words(self, all_constants=False):
        """What stands in network!, between its brackets, with the constants that are not usual, or with all."""
        words = [str(self.layers[0][0].shape[1])]
        for _, bias, name, constant in self.layers:
            if constant is not None and (all_constants or constant != CONSTANTS[name]):
                ratio = fractions.Fraction(str(constant))
                name = f"{name}<{ratio.numerator}, {ratio.denominator}>"
            words.append(f"{len(bias)} {name or 'Identity'}")
        return " => ".join(words)


def array(tensor):
    """Of torch's tensors, on whatever device, of Keras's variables, and of anything else that is one."""
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu().double()
    if hasattr(tensor, "numpy"):
        tensor = tensor.numpy()
    return numpy.asarray(tensor, dtype=numpy.float64)


def of_torch(module, chain, where="model"):
    kind, children = type(module).__name__, list(module.named_children())
    if kind == "Linear":
        chain.linear(module.weight, module.bias, where)
    elif kind == "BatchNorm1d":
        statistics = module.running_mean, module.running_var
        chain.normalize(*statistics, module.weight, module.bias, module.eps, where)
    elif kind == "Sequential" or len(children) == 1:
        for name, child in children:
            of_torch(child, chain, f"{where}.{name}")
    elif children:
        raise Unreadable(
            f"{where}: a {kind} computes what its forward() says; hand over its nn.Sequential, "
            "or a list of (weights, bias, activation)"
        )
    elif kind == "GELU" and module.approximate != "tanh":
        raise Unreadable(f"{where}: a GELU without approximate='tanh'; Gelu is the form with tanh")
    elif kind.lower() not in NOTHING:
        constant = getattr(module, "negative_slope", getattr(module, "alpha", None))
        chain.activate(kind, where, constant)


def run_torch(module, x):
    module = copy.deepcopy(module).double().cpu().eval()
    return array(module(next(module.parameters()).new_tensor(x)))


def of_keras(model, chain):
    for layer in model.layers:
        kind, where = type(layer).__name__, f"layer {layer.name}"
        if kind == "Dense":
            chain.linear(array(layer.kernel).T, layer.bias if layer.use_bias else None, where)
        elif kind == "BatchNormalization":
            statistics = layer.moving_mean, layer.moving_variance
            chain.normalize(*statistics, layer.gamma, layer.beta, layer.epsilon, where)
        elif kind in ("Sequential", "Functional"):
            of_keras(layer, chain)
        elif kind.lower() not in NOTHING | {"activation"}:
            constant = getattr(layer, "negative_slope", getattr(layer, "alpha", None))
            chain.activate(kind, where, constant)
        if kind in ("Dense", "Activation"):
            name = layer.activation.__name__
            if name == "gelu":
                raise Unreadable(f"{where}: Keras's gelu is the form with erf; Gelu is that with tanh")
            chain.activate(name, where, 0.2 if name == "leaky_relu" else None)


def run_keras(model, x):
    if len(model.outputs) != 1:
        raise Unreadable(f"the model has {len(model.outputs)} outputs; hand over one with a single one")
    return array(model(x.reshape(len(x), *model.input_shape[1:]), training=False))


def of_scikit_learn(model, chain):
    last = len(model.coefs_) - 1
    for index, (coefficients, bias) in enumerate(zip(model.coefs_, model.intercepts_)):
        where = f"coefs_[{index}]"
        chain.linear(coefficients.T, bias, where)
        chain.activate(model.out_activation_ if index == last else model.activation, where)


def run_scikit_learn(model, x):
    y = model.predict_proba(x) if hasattr(model, "predict_proba") else model.predict(x)
    # Of two classes the second's probability is the one output; of one target there is no axis.
    is_binary = model.n_outputs_ == 1 and y.ndim == 2
    return y[:, 1:] if is_binary else y.reshape(len(x), -1)


def named(name):
    """An activation as network! has it, and its constant: `LeakyRelu<1, 5>`."""
    found = re.fullmatch(r"(\w+)(?:<(\d+), (\d+)>)?", name)
    if not found or found[3] and not int(found[3]):
        raise Unreadable(f"`{name}` is no activation")
    return found[1], int(found[2]) / int(found[3]) if found[3] else None


def of_list(layers, chain):
    for index, layer in enumerate(layers, 1):
        if not isinstance(layer, (tuple, list)) or len(layer) != 3 or not isinstance(layer[2], str):
            raise Unreadable(f"layer {index}: not (weights, bias, \"Tanh\"); of a model all of it is handed over")
        weights, bias, name = layer
        chain.linear(weights, bias, f"layer {index}")
        name, constant = named(name)
        chain.activate(name, f"layer {index}", constant)


def read(model):
    """The chain of a model, which computes what the model does."""
    chain = Chain()
    for mark, take, run in [
        ("coefs_", of_scikit_learn, run_scikit_learn),
        ("get_weights", of_keras, run_keras),
        ("named_children", of_torch, run_torch),
        ("__iter__", of_list, None),
    ]:
        if hasattr(model, mark):
            break
    else:
        raise Unreadable(f"a {type(model).__name__} is no trained model of PyTorch, Keras or scikit-learn")
    take(model, chain)
    if not chain.layers:
        raise Unreadable("the model has no layers")
    if run:
        compare(chain, lambda x: run(model, x))
    return chain


def compare(chain, run):
    """Small x and large, so that every part of an activation is seen."""
    draw = numpy.random.default_rng(1)
    x = draw.normal(size=(64, chain.layers[0][0].shape[1])) * numpy.logspace(-1, 2, 64)[:, None]
    found, computed = chain.run(x), run(x)
    # Keras computes in single precision.
    most = 1e-4 * (1 + numpy.abs(computed).max(axis=-1, keepdims=True))
    if computed.shape != found.shape or not (numpy.abs(found - computed) <= most).all():
        raise Unreadable(f"the model does not compute what its layers do: {chain.words()}")


def save(model, path, dtype="F32"):
    """Writes theta1, theta2, … [in + 1, out], row 0 the bias, and returns sizes and activations in words."""
    return write(read(model), path, dtype)


def write(chain, path, dtype):
    if dtype not in DTYPES:
        raise Unreadable(f"dtype {dtype}: {', '.join(DTYPES)} are written")
    number = DTYPES[dtype]
    # safetensors writes memory as it lies, which for a transposed matrix is column after column.
    thetas = {
        f"theta{l}": numpy.ascontiguousarray(numpy.vstack([layer[1], layer[0].T]), dtype=number)
        for l, layer in enumerate(chain.layers, 1)
    }
    for name, theta in thetas.items():
        if not numpy.isfinite(theta).all():
            raise Unreadable(f"{name}: an entry that is no finite {dtype}")
    save_file(thetas, str(path), metadata={"constprop": "1", "network": chain.words(all_constants=True)})
    print(f"{path}: network! {{ pub struct Name({chain.words()}) minimizing …; }}")
    return chain.words()


def main():
    parser = argparse.ArgumentParser(description="W1, b1, W2, b2, … of a .npz as a file of safetensors")
    parser.add_argument("arrays")
    parser.add_argument("out")
    parser.add_argument("--activations", required=True, help="one for each layer, as in Tanh,Identity")
    parser.add_argument("--dtype", default="F32", choices=DTYPES)
    arguments = parser.parse_args()
    # Not in LeakyRelu<1, 5>.
    names = re.split(r",(?![^<]*>)", arguments.activations)
    with numpy.load(arguments.arrays) as arrays:
        expected = [f"{kind}{l}" for l in range(1, len(names) + 1) for kind in "Wb"]
        if sorted(arrays) != sorted(expected):
            parser.error(f"{arguments.arrays} has {' '.join(arrays)}; it must have {' '.join(expected)}")
        layers = [(arrays[f"W{l}"], arrays[f"b{l}"], name) for l, name in enumerate(names, 1)]
    try:
        save(layers, arguments.out, arguments.dtype)
    except Unreadable as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
