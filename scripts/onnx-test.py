#!/usr/bin/env python3
"""What holds for onnx-chain.py: outputs of onnxruntime, and what is refused. Needs onnxruntime beside onnx.

Run by hand: CI has a Rust toolchain and nothing else.
"""

import importlib
import pathlib
import subprocess
import sys
import tempfile

import export
import numpy
import onnx
import onnxruntime
from export import Unreadable
from onnx import helper, numpy_helper
from safetensors import safe_open
from safetensors.numpy import load_file

chains = importlib.import_module("onnx-chain")
FILES = pathlib.Path(__file__).parent.parent / "tests" / "weights_files"
LIMITS = {"F32": 1e-6, "F64": 1e-12}


def run(model, x, dtype):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": x.astype(dtype)})[0]


def drawn(network):
    """A chain of random numbers."""
    draw, chain, s_in = numpy.random.default_rng(1), export.Chain(), int(network.split()[0])
    for size, name, constant in chains.parse(network):
        # Exact in f32.
        weights, bias = (draw.normal(size=shape).astype("f") / 2 for shape in [(size, s_in), size])
        chain.linear(weights, bias, "")
        chain.activate(name, "", constant)
        s_in = size
    return chain


def every_activation(folder):
    layers = [*export.ACTIVATIONS, "LeakyRelu<1, 5>", "Elu<1, 2>"]
    x = numpy.random.default_rng(2).normal(size=(50, 3)).astype("f")
    for name in layers:
        # Softmax is an output's alone.
        behind = "" if name == "Softmax" else " => 5 Tanh => 2 Identity"
        chain = drawn(f"3 => 4 {name}{behind}")
        for dtype, kind in [("F32", numpy.float32), ("F64", numpy.float64)]:
            model = chains.to_onnx(chain, kind)
            try:
                y = run(model, x, kind)
            except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented as error:
                print(f"{name} in {dtype}: onnxruntime has it not: {error}")
                continue
            difference = numpy.abs(y - chain.run(x.astype(float))).max()
            print(f"{name} in {dtype}: {difference:.1e}")
            # Both onnxruntime and onnx's own evaluator compute this one to 5e-9 in f64.
            assert difference < (1e-8 if (name, dtype) == ("Gelu", "F64") else LIMITS[dtype])
            again, found = chains.from_onnx(model)
            assert found == dtype and again.words() == chain.words()
            for one, other in zip(again.layers, chain.layers):
                assert (one[0] == other[0]).all() and (one[1] == other[1]).all()


def committed(folder):
    """Files that the crate's tests hold to the same y, from the command line and back."""
    for stem, network in [
        ("numpy-f64", None),
        ("scikit-learn-classifier-f64", None),
        ("scikit-learn-regressor-f64", None),
        ("keras-trained-f32", "3 => 5 Tanh => 4 Silu => 4 LeakyRelu<1, 4> => 2 Softmax"),
    ]:
        path, there, back = FILES / f"{stem}.safetensors", folder / "there.onnx", folder / "back.safetensors"
        dtype = stem[-3:].upper()
        script = [sys.executable, pathlib.Path(__file__).with_name("onnx-chain.py")]
        subprocess.run([*script, path, there, *(["--network", network] if network else [])], check=True)
        with safe_open(path, "numpy") as file:
            x, expected = (
                numpy.array([file.metadata()[name].split()], dtype=float) for name in "xy"
            )
        kind = {"F32": numpy.float32, "F64": numpy.float64}[dtype]
        difference = numpy.abs(run(onnx.load(there), x, kind) - expected).max()
        print(f"{path.name}: {difference:.1e}")
        assert difference < LIMITS[dtype]
        subprocess.run([*script, there, back], check=True)
        one, other = load_file(path), load_file(back)
        assert one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


def another_input():
    """Metadata of a network that takes more numbers than theta1 does."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "policy.safetensors"
        export.save([(numpy.ones((2, 3)), numpy.zeros(2), "Tanh")], path)
        try:
            chains.read_safetensors(path, "4 => 2 Tanh")
        except Unreadable as error:
            print(f"refused: {error}")
            assert str(error) == "theta1 takes 3 numbers: not of `4 => 2 Tanh`"
        else:
            raise AssertionError(path)


def refused():
    """A node of another kind, by its name; a branch; and a Gemm that is none of ours."""

    def graph(*nodes, output="y"):
        draw = numpy.random.default_rng(3)
        tensors = {"W": (2, 3), "V": (2, 2), "b": (2,), "c": (1,)}
        tensors = [numpy_helper.from_array(draw.normal(size=s).astype("f"), n) for n, s in tensors.items()]
        x, y = (helper.make_tensor_value_info(n, 1, ["N", s]) for n, s in [("x", 3), (output, 2)])
        made = [helper.make_node(k, i, [o], name=f"the {k}", **a) for k, i, o, a in nodes]
        return helper.make_model(helper.make_graph(made, "g", [x], [y], tensors))

    gemm = ("Gemm", ["x", "W", "b"], "z", {"transB": 1})
    for expected, nodes in [
        ("node the Conv (Conv)", [("Conv", ["x", "W"], "y", {})]),
        ("node the Gemm (Gemm): not x Wᵀ + b", [("Gemm", ["x", "W", "b"], "y", {"transB": 1, "alpha": 0.5})]),
        ("node the Gemm (Gemm): not x Wᵀ + b", [("Gemm", ["x", "W", "b"], "y", {"transB": 1, "beta": 0.0})]),
        ("node the Gemm (Gemm): weights (3, 2) and bias (2,)", [("Gemm", ["x", "W", "b"], "y", {})]),
        ("node the Gemm (Gemm): weights (2, 3) and bias (1,)", [("Gemm", ["x", "W", "c"], "y", {"transB": 1})]),
        ("node the Gelu (Gelu)", [gemm, ("Gelu", ["z"], "y", {})]),
        ("node the Softmax (Softmax)", [gemm, ("Softmax", ["z"], "y", {"axis": 0})]),
        ("node the Add (Add) takes z and x where", [gemm, ("Add", ["z", "x"], "y", {})]),
        ("node the Add (Add): no bias right", [gemm, ("Add", ["z", "b"], "y", {})]),
        ("node the Mul (Mul)", [gemm, ("Mul", ["z", "b"], "y", {})]),
        ("node the Mul (Mul) takes s and s", [gemm, ("Sigmoid", ["z"], "s", {}), ("Mul", ["s", "s"], "y", {})]),
        ("node the MatMul (MatMul): a layer behind Softmax", [gemm, ("Softmax", ["z"], "s", {}), ("MatMul", ["s", "V"], "y", {})]),
        ("node the Relu (Relu): Relu behind Tanh", [gemm, ("Tanh", ["z"], "t", {}), ("Relu", ["t"], "y", {})]),
        ("node the Tanh (Tanh) takes z where s comes", [gemm, ("Sigmoid", ["z"], "s", {}), ("Tanh", ["z"], "y", {})]),
        ("the output z is not", [gemm, ("Tanh", ["z"], "y", {})]),
        ("node the MatMul (MatMul): not x", [("MatMul", ["V", "x"], "y", {})]),
    ]:  # fmt: skip
        try:
            chains.from_onnx(graph(*nodes, output="z" if expected.startswith("the output") else "y"))
        except Unreadable as error:
            print(f"refused: {error}")
            assert str(error).startswith(expected), (expected, str(error))
        else:
            raise AssertionError(expected)
    for network, expected in [
        ("1 => 2 LeakyRelu<1, 0> => 1 Identity", "a number divided by 0"),
        ("1 -> 2 Tanh", "not as in `3 => 4 Tanh => 1 Identity`"),
    ]:
        try:
            chains.parse(network)
        except Unreadable as error:
            assert str(error) == f"network `{network}`: {expected}", str(error)
        else:
            raise AssertionError(network)
    one = graph(("MatMul", ["x", "Wt"], "z", {}), ("Add", ["b", "z"], "t", {}), ("Tanh", ["t"], "y", {}))
    one.graph.initializer.append(numpy_helper.from_array(numpy.ones((3, 2), "f"), "Wt"))
    assert chains.from_onnx(one)[0].words() == "3 => 2 Tanh"


def main():
    with tempfile.TemporaryDirectory() as folder:
        every_activation(pathlib.Path(folder))
        committed(pathlib.Path(folder))
    refused()
    another_input()


if __name__ == "__main__":
    main()
