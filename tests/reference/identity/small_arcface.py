"""A small network of ArcFace's shape: (b, 3, 112, 112) -> (b, 8). ``python small_arcface.py`` (with onnx installed) makes the file anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("small_arcface.onnx")
CELL = 16


def weights() -> np.ndarray:
    """(3 * 7 * 7, 8), float32."""
    return np.random.default_rng(0).normal(size=(147, 8)).astype(np.float32)


def main() -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("AveragePool", ["face"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Flatten", ["cells"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["b", 3, 112, 112])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["b", 8])],
        [numpy_helper.from_array(weights(), "weights")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), FILE)


if __name__ == "__main__":
    main()
