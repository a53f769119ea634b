"""
What enters a matrix, made even before it is written in 8 bits: a few of its dimensions are many times as great as the
others, and one scale for all would leave these few steps. Each is divided by a factor that the matrix makes up for
(Xiao et al. 2023, SmoothQuant).
"""

import torch
from torch import nn

TEXTS = 300


class Evened(nn.Module):
    """A linear layer that gives the same numbers, of inputs with like dimensions."""

    def __init__(self, linear: nn.Linear, greatest: torch.Tensor):
        super().__init__()
        factor = factors(greatest, linear.weight)
        self.shrink = nn.Parameter(1 / factor)
        self.linear = nn.Linear(linear.in_features, linear.out_features)
        self.linear.weight.data, self.linear.bias.data = linear.weight * factor, linear.bias

    def forward(self, given: torch.Tensor):
        return self.linear(given * self.shrink)


def factors(greatest: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Of the inputs of a matrix [outputs, inputs]: half of the unevenness, by ratio, goes over to the matrix."""
    return (greatest.clamp(min=1e-4) / weight.abs().amax(0).clamp(min=1e-4)).sqrt().detach()


@torch.no_grad()
def greatest_inputs(model: nn.Module, layers: list[nn.Linear], texts: list[list[int]]) -> list[torch.Tensor]:
    """The greatest absolute value of each dimension that enters each layer, the mean over the texts (word pieces)."""
    sums = [torch.zeros(layer.in_features) for layer in layers]

    def watch(at: int):
        def add(_, given) -> None:
            sums[at] += given[0][0].abs().amax(0)

        return add

    handles = [layer.register_forward_pre_hook(watch(at)) for at, layer in enumerate(layers)]
    for ids in texts:
        given = torch.tensor([ids])
        model(given, torch.ones_like(given))
    for handle in handles:
        handle.remove()
    return [total / len(texts) for total in sums]


def even(model, texts: list[list[int]]) -> None:
    """Changes a student's layers in place; what it says stays the same, but for rounding."""
    model.eval()
    for layer in model.backbone.encoder.layer:
        attention = layer.attention
        value, onwards = attention.self.value, attention.output.dense
        entering = [attention.self.query, onwards, layer.intermediate.dense, layer.output.dense]
        states, weighed, inner, outer = greatest_inputs(model, entering, texts)
        # What attention weighs are values: these are written smaller themselves.
        factor = factors(weighed, onwards.weight)
        value.weight.data /= factor[:, None]
        value.bias.data /= factor
        onwards.weight.data *= factor
        joined = torch.cat([part.weight for part in (attention.self.query, attention.self.key, value)])
        attention.self.shrink = nn.Parameter(1 / factors(states, joined))
        layer.intermediate.dense = Evened(layer.intermediate.dense, inner)
        layer.output.dense = Evened(layer.output.dense, outer)
