"""
Which token states a student may leave out: a line over the state, after each layer of THINNED, that foretells how much the
verdict would change if less heed were paid to that token (the first-order measure of Molchanov et al. 2017).
"""

import numpy as np
import torch

from data import batches, padded, tokenize
from model import FLAG_AT, MAIN_AT, STANCE_AT, STANCES, THINNED, Student, hidden, pooled

TEXTS = 3_000
SIZE = 48
# Added before the logarithm, so that tokens without any worth do not decide the line.
LEAST = 0.05
RIDGE = 1e-4


def learn_worth(model: Student, tokenizer, texts: list[str], length: int, log=print) -> None:
    """Fits the lines in place, on some of the texts; the rest of the model stays as it is."""
    some = np.random.default_rng(3).choice(len(texts), min(TEXTS, len(texts)), replace=False)
    tokens = tokenize(tokenizer, [texts[i] for i in some], length)
    model.cpu().eval()
    for at, line in model.worth.items():
        parts = [worth_after(model, int(at), *padded([tokens[i] for i in batch], tokenizer.pad_token_id, "cpu"))
                 for batch in batches(tokens, SIZE, None)]
        states, worth = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
        fitted, share = line_through(states.double(), torch.log(worth + LEAST).double())
        line.data.copy_(fitted)
        log(f"worth after layer {at}: {share:.2f} of its variance told")


def worth_after(model: Student, at: int, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each token but the first: its state, [tokens, width], and its worth beside the text's mean."""
    layers = model.backbone.encoder.layer
    with torch.no_grad():
        states = model.backbone.embeddings(input_ids=ids)
        for layer in layers[:at]:
            states = layer(states, attention_mask=hidden(mask, states.dtype))
    heed = torch.zeros(mask.shape, requires_grad=True)
    last = states
    for layer in layers[at:]:
        last = layer(last, attention_mask=hidden(mask, last.dtype) + heed[:, None, None, :])
    weighed = heed.exp() * mask
    mean = (last * weighed[..., None]).sum(1) / weighed.sum(1, keepdim=True)
    worth = change_by(heed, model.head(torch.cat([mean, last[:, 0]], dim=-1)))
    counts = mask.bool()
    counts[:, 0] = False
    beside = worth / pooled(worth[..., None], counts).clamp(min=1e-6)
    return states[counts], beside[counts]


def change_by(heed: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """How much flag, narrative and stance change by the heed paid to each token, [texts, tokens]."""
    main, stance = logits[:, MAIN_AT].softmax(-1), logits[:, STANCE_AT].softmax(-1)
    said = [
        logits[:, FLAG_AT],
        3 * main.amax(-1),
        3 * stance.amax(-1),
        3 * stance[:, STANCES.index("debunks")],
        3 * main[:, 0],
        3 * main[:, 1],
    ]
    return sum(torch.autograd.grad(one.sum(), heed, retain_graph=True)[0].abs() for one in said)


def line_through(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, float]:
    """The least squares line with a ridge, without its offset, and the share of the variance that it tells."""
    x, y = x - x.mean(0), y - y.mean()
    line = torch.linalg.solve(x.T @ x + RIDGE * len(x) * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    return line.float(), 1 - float(((x @ line - y) ** 2).mean() / (y**2).mean())
