"""
The student as ONNX, its matrices as whole numbers of 8 bits with a scale for each output (activations are scaled when
it runs). Weights use 7 of the 8 bits: on processors without VNNI the sum of two 8-bit products would overflow.
"""

import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from model import Classifier, tokenizer_of


def export(state: dict[str, torch.Tensor], base: Path, out: Path) -> None:
    model = Classifier(base, attention="eager")
    model.load_state_dict({name: value.float() for name, value in state.items()})
    model.eval()
    ids = tokenizer_of(base)(["voting machines are down", "we stood in line"], return_tensors="pt", padding=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "model.onnx"
        torch.onnx.export(
            model,
            (ids["input_ids"], ids["attention_mask"]),
            whole,
            dynamo=False,
            opset_version=17,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={name: {0: "posts", 1: "tokens"} for name in ("input_ids", "attention_mask")}
            | {"logits": {0: "posts"}},
        )
        quantize_dynamic(
            whole,
            out,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
            extra_options={"MatMulConstBOnly": True},
        )
