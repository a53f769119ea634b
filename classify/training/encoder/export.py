"""
The student as three ONNX files that are run one after another: `lower.onnx` and `middle.onnx` (the first layers and the
next, each with a head of its own that is certain of many a text) and `upper.onnx` (the rest). Matrices are whole numbers of 8 bits with a
scale for each output; activations are scaled when it runs. Weights use 7 of the 8 bits: on processors without VNNI the
sum of two 8-bit products would overflow. One text at a time, so there is no padding and no mask.
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from data import tokenize
from even import TEXTS, even
from model import EXITS, FEW_TOKENS, THINNED, Student, early_features, tokenizer_of


# By their order; as in classify/model/encoder.ts.
PARTS = ["lower", "middle", "upper"]
PIECES_MAX = 256


class Attention(torch.autograd.Function):
    """Self-attention without a mask as the one operation that onnxruntime has for it; nothing here is differentiated."""

    @staticmethod
    def forward(ctx, states, weights, bias, heads):
        query, key, value = (states @ weights + bias).unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)
        return nn.functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(g, states, weights, bias, heads):
        # A length of its own: onnxruntime takes axes of one name for equally long.
        given = states.type().with_sizes([None, None, weights.type().sizes()[0]])
        return g.op("com.microsoft::Attention", states, weights, bias, num_heads_i=heads).setType(given)


class JoinedAttention(nn.Module):
    """A layer's query, key and value as one matrix; a drop-in for BertSelfAttention."""

    def __init__(self, attention, heads: int):
        super().__init__()
        parts = [attention.query, attention.key, attention.value]
        self.shrink = attention.shrink
        self.weights = nn.Parameter((torch.cat([part.weight for part in parts]) / self.shrink).T.contiguous())
        self.bias = nn.Parameter(torch.cat([part.bias for part in parts]))
        self.heads = heads

    def forward(self, states, *_, **__):
        return Attention.apply(states * self.shrink, self.weights, self.bias, self.heads), None


class Embeddings(nn.Module):
    """Of word pieces, with the rows of their positions: all are of one kind and begin with the first position."""

    def __init__(self, embeddings):
        super().__init__()
        self.words, self.norm = embeddings.word_embeddings, embeddings.LayerNorm
        rows = embeddings.position_embeddings.weight[:PIECES_MAX] + embeddings.token_type_embeddings.weight[0]
        self.rows = nn.Parameter(rows)

    def forward(self, ids: torch.Tensor):
        return self.norm(self.words(ids) + self.rows[: torch._shape_as_tensor(ids)[1]])


class Part(nn.Module):
    """
    Some layers. The first part takes word pieces [1, n], the others token states [1, n, width]; the last gives outputs
    [1, OUTPUTS], the others token states and the outputs of their early head.
    """

    def __init__(self, model: Student, at: int):
        super().__init__()
        ends = (*EXITS, model.backbone.config.num_hidden_layers)
        self.first = ends[at - 1] if at > 0 else 0
        self.embeddings = Embeddings(model.backbone.embeddings) if at == 0 else None
        self.layers = model.backbone.encoder.layer[self.first : ends[at]]
        self.early_head = model.early_heads[at] if at < len(EXITS) else None
        self.model = model

    def forward(self, given: torch.Tensor):
        states = given if self.embeddings is None else self.embeddings(given)
        early = None
        if self.first == 0:
            states = self.thinned(0, states)
        for at, layer in enumerate(self.layers, self.first + 1):
            states = layer(states)
            if at in EXITS:
                early = self.early_head(early_features(states))
            states = self.thinned(at, states)
        return self.model.outputs(states) if early is None else (states, early)

    def thinned(self, at: int, states: torch.Tensor) -> torch.Tensor:
        return thinned(states, self.model.worth[str(at)], THINNED[at]) if at in THINNED else states


def thinned(states: torch.Tensor, worth: torch.Tensor, share: float) -> torch.Tensor:
    """As in model.py, of one text without padding."""
    tokens = torch._shape_as_tensor(states)[1]
    stay = torch.maximum(torch.ceil(tokens * share - 1e-4).long(), torch.clamp(tokens, max=FEW_TOKENS))
    score = nn.functional.pad((states[0, 1:] * worth).sum(-1), (1, 0), value=1e9)
    return states.index_select(1, score.topk(stay).indices)


def whole_numbers(path: Path, out: Path) -> None:
    # The early head reads states as they are, of which a few are far greater than the others: 8 bits would lose these.
    names = [node.name for node in onnx.load(path).graph.node if "early_head" in node.name]
    # A Gemm is taken apart before it is looked at; its product then bears the second name.
    heads = names + [f"{name}_MatMul" for name in names]
    quantize_dynamic(
        path,
        out,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gather", "Attention"],
        nodes_to_exclude=heads,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": 1},
    )


def settled(path: Path, out: Path) -> None:
    """As onnxruntime would change it each time that it is loaded, so that it need not."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(out)
    onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


def opened(folder: Path) -> list[onnxruntime.InferenceSession]:
    """The parts in their order, one thread of arithmetic; each takes `given`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return [onnxruntime.InferenceSession(folder / f"{name}.onnx", options) for name in PARTS]


def export(state: dict[str, torch.Tensor], base: Path, out: Path, texts: list[str]) -> None:
    """Writes `lower.onnx`, `middle.onnx` and `upper.onnx` to the folder `out`. `texts`: such as it will read."""
    model = Student(base, attention="eager")
    model.load_state_dict(state)
    some = np.random.default_rng(2).choice(len(texts), min(TEXTS, len(texts)), replace=False)
    even(model, tokenize(tokenizer_of(base), [texts[i] for i in some], PIECES_MAX))
    for layer in model.backbone.encoder.layer:
        layer.attention.self = JoinedAttention(layer.attention.self, model.backbone.config.num_attention_heads)
    given = tokenizer_of(base)(["voting machines are down"], return_tensors="pt")["input_ids"]
    out.mkdir(parents=True, exist_ok=True)
    for at, name in enumerate(PARTS):
        part = Part(model, at)
        outputs = ["logits"] if at == len(EXITS) else ["states", "early"]
        with tempfile.TemporaryDirectory() as folder:
            whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
            torch.onnx.export(
                part,
                (given,),
                whole,
                dynamo=False,
                opset_version=17,
                custom_opsets={"com.microsoft": 1},
                input_names=["given"],
                output_names=outputs,
                # What is left has a name of its own: onnxruntime gives axes of one name one length.
                dynamic_axes={"given": {1: "tokens"}, **({"states": {1: "left"}} if "states" in outputs else {})},
            )
            whole_numbers(whole, small)
            settled(small, out / f"{name}.onnx")
        if at < len(EXITS):
            given, _ = part(given)
