#!/usr/bin/env python3
"""A network of constprop as an ONNX model, and such a model as weights: Gemm after Gemm, each with its activation.

    scripts/onnx-chain.py policy.safetensors policy.onnx       # theta1, theta2, …, with `network` in the metadata
    scripts/onnx-chain.py policy.onnx policy.safetensors       # Gemm, or MatMul and Add, and activations

Needs onnx, numpy and safetensors. A node of any other kind is refused by its name, and so is a branch. What is read is
run by onnx's own evaluator, and has to compute what its layers do.
"""

import argparse
import pathlib
import re

import numpy
import onnx
from export import ACTIVATIONS, CONSTANTS, Chain, Unreadable, compare, write
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from safetensors import safe_open
from safetensors.numpy import load_file

# Gelu is a node of its own since then.
OPSET = 20
# Of ONNX by ours; Silu is z times its Sigmoid.
NODES = {name: name for name in ACTIVATIONS if name != "Silu"}


def parse(network, usual={}):
    """[size, activation, constant] of every layer but the first: `3 => 4 LeakyRelu<1, 5> => 1 Identity`."""
    words = network.removeprefix("f32: ").removeprefix("f64: ").split(" minimizing ")[0].split(" => ")
    layers = [re.fullmatch(r"(\d+) (\w+)(?:<(\d+), (\d+)>)?", word) for word in words[1:]]
    if not layers or not all(layers):
        raise Unreadable(f"network `{network}`: not as in `3 => 4 Tanh => 1 Identity`")
    if any(layer.group(4) and not int(layer.group(4)) for layer in layers):
        raise Unreadable(f"network `{network}`: a number divided by 0")
    return [
        (int(size), name, usual.get(name) if above is None else int(above) / int(below))
        for size, name, above, below in (layer.groups() for layer in layers)
    ]


def read_safetensors(path, network):
    """Chain and dtype of a file in our naming."""
    with safe_open(path, "numpy") as file:
        said = (file.metadata() or {}).get("network")
    if network is None and said is None:
        raise Unreadable("the metadata has no `network`: --network says it")
    chain, layers = Chain(), parse(network, CONSTANTS) if network else parse(said)
    if any(name in CONSTANTS and constant is None for _, name, constant in layers):
        raise Unreadable(f"of `{said}` the metadata does not say the constants: --network does")

    def fits(found, asked):
        return found[:2] == asked[:2] and found[2] in (None, asked[2])

    if said and not (len(parse(said)) == len(layers) and all(map(fits, parse(said), layers))):
        raise Unreadable(f"it is of `{said}`; --network says `{network}`")
    tensors = load_file(path)
    others = ("optimizer.", "course.", "history.")
    tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith(others)}
    expected = {f"theta{l}" for l in range(1, len(layers) + 1)}
    if set(tensors) != expected:
        raise Unreadable(f"it has {' '.join(sorted(tensors))}; it must have {' '.join(sorted(expected))}")
    for l, (size, name, constant) in enumerate(layers, 1):
        theta = tensors[f"theta{l}"]
        if name not in ACTIVATIONS or theta.shape[1:] != (size,):
            raise Unreadable(f"theta{l} {theta.shape}: not of {size} {name}")
        chain.linear(theta[1:].T, theta[0], f"theta{l}")
        chain.activate(name, f"theta{l}", constant)
    s_in = str(len(tensors["theta1"]) - 1)
    for words in filter(None, (network, said)):
        if words.removeprefix("f32: ").removeprefix("f64: ").split(" => ")[0] != s_in:
            raise Unreadable(f"theta1 takes {s_in} numbers: not of `{words}`")
    return chain, tensors["theta1"].dtype


def to_onnx(chain, dtype):
    dtype = numpy.dtype(numpy.float64 if dtype == numpy.float64 else numpy.float32)
    kind = helper.np_dtype_to_tensor_dtype(dtype)
    nodes, tensors, at = [], [], "x"

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}_{output}", **attributes))
        return output

    for l, (weights, bias, name, constant) in enumerate(chain.layers, 1):
        parts = {f"weight{l}": weights, f"bias{l}": bias}
        for part, numbers in parts.items():
            tensors.append(numpy_helper.from_array(numpy.ascontiguousarray(numbers, dtype), part))
        at = node("Gemm", [at, *parts], f"z{l + 1}", transB=1)
        if name == "Silu":
            at = node("Mul", [at, node("Sigmoid", [at], f"s{l + 1}")], f"a{l + 1}")
        elif name != "Identity":
            attributes = {"Softmax": {"axis": -1}, "Gelu": {"approximate": "tanh"}}.get(name, {})
            attributes |= {"alpha": constant} if name in CONSTANTS else {}
            at = node(NODES[name], [at], f"a{l + 1}", **attributes)
    inputs = helper.make_tensor_value_info("x", kind, ["N", chain.layers[0][0].shape[1]])
    output = helper.make_tensor_value_info(at, kind, ["N", len(chain.layers[-1][1])])
    graph = helper.make_graph(nodes, "constprop", [inputs], [output], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


class Reader:
    """A graph, node after node, of which each takes what the one in front gives."""

    def __init__(self, graph):
        self.chain = Chain()
        self.tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        inputs = [value for value in graph.input if value.name not in self.tensors]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise Unreadable(f"{len(inputs)} inputs and {len(graph.output)} outputs, not one of each")
        self.input = inputs[0]
        self.at = self.input.name
        self.in_front = self.last = None  # what the last node has taken, and its kind
        for index, node in enumerate(graph.node):
            self.take(node, f"node {node.name or index} ({node.op_type})")
        if graph.output[0].name != self.at:
            raise Unreadable(f"the output {graph.output[0].name} is not that of the last node, {self.at}")

    def take(self, node, where):
        kind = node.op_type if node.domain in ("", "ai.onnx") else None
        settings = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        of = [name for name in node.input if name not in self.tensors]
        is_silu = kind == "Mul" and self.last == "Sigmoid" and sorted(of) == sorted([self.at, self.in_front])
        if len(node.output) != 1 or (of != [self.at] and not is_silu):
            raise Unreadable(f"{where} takes {' and '.join(of)} where {self.at} comes")
        if is_silu:
            self.chain.layers[-1][2] = "Silu"
        elif kind in ("Gemm", "MatMul", "Add"):
            self.linear(node, kind, settings, where)
        elif kind != "Identity":
            self.activate(node, kind, settings, where)
        self.in_front, self.at, self.last = self.at, node.output[0], kind

    def linear(self, node, kind, settings, where):
        given = [self.tensors[name] for name in node.input if name in self.tensors]
        is_first = kind == "Add" or node.input[0] == self.at
        usual = {"alpha": 1.0, "beta": 1.0, "transA": 0}
        if not is_first or any(settings.get(name, value) != value for name, value in usual.items()):
            raise Unreadable(f"{where}: not x Wᵀ + b with alpha = beta = 1")
        if kind == "Add":
            if self.last != "MatMul" or given[0].size != len(self.chain.layers[-1][1]):
                raise Unreadable(f"{where}: no bias right behind a MatMul")
            self.chain.layers[-1][1] = given[0].reshape(-1).astype(numpy.float64)
            return
        weights = given[0] if settings.get("transB", 0) else given[0].T
        bias = given[1].reshape(-1) if len(given) > 1 else None
        self.chain.linear(weights, bias, where)

    def activate(self, node, kind, settings, where):
        is_other = {
            "Softmax": settings.get("axis", -1) not in (-1, 1),
            "Gelu": settings.get("approximate", b"none") != b"tanh",
            "Swish": settings.get("alpha", 1.0) != 1.0,
        }
        if is_other.get(kind) or kind not in [*NODES, "Swish"]:
            raise Unreadable(f"{where} {dict(settings)}: neither Gemm nor an activation that constprop has")
        # As it was before it became an f32.
        alpha = settings.get("alpha", CONSTANTS.get(kind))
        self.chain.activate(kind, where, None if alpha is None else float(str(numpy.float32(alpha))))


def from_onnx(model):
    reader, evaluator = Reader(model.graph), ReferenceEvaluator(model)
    if not reader.chain.layers:
        raise Unreadable("the graph has no Gemm and no MatMul")
    dtype = helper.tensor_dtype_to_np_dtype(reader.input.type.tensor_type.elem_type)
    compare(reader.chain, lambda x: evaluator.run(None, {reader.input.name: x.astype(dtype)})[0])
    return reader.chain, "F64" if dtype == numpy.float64 else "F32"


def main():
    parser = argparse.ArgumentParser(description="From safetensors to ONNX, or back, by the names of the files")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--network", help="sizes and activations, where the file does not say all of them")
    arguments = parser.parse_args()
    try:
        if arguments.source.suffix == ".onnx":
            chain, dtype = from_onnx(onnx.load(arguments.source))
            write(chain, arguments.out, dtype)
        else:
            model = to_onnx(*read_safetensors(arguments.source, arguments.network))
            onnx.save(model, arguments.out)
    except Unreadable as error:
        parser.error(f"{arguments.source}: {error}")


if __name__ == "__main__":
    main()
