"""The early heads once more: from the finished student, what it will say of a text from the states that 8 bits leave."""

from pathlib import Path

import numpy as np
import torch

from data import tokenize
from export import opened
from fit import loss_of
from model import EXITS, Student, early_features, probabilities, tokenizer_of

EPOCHS = 8
RATE = 5e-4
SIZE = 256
DECAY = 0.02


def read(folder: Path, texts: list[str], length: int) -> tuple[torch.Tensor, torch.Tensor]:
    """
    What the early heads see of each text, [exits, texts, 3 width], and what the student says, [texts, OUTPUTS]: by the
    exported parts, for 8 bits change the states of the lower layers more than a head bears that has not seen it.
    """
    parts = opened(folder)
    seen, said = [[] for _ in EXITS], []
    for ids in tokenize(tokenizer_of(folder), texts, length):
        given = np.array([ids], np.int64)
        for part, features in zip(parts, seen):
            (given,) = part.run(["states"], {"given": given})
            features.append(early_features(torch.from_numpy(given))[0])
        said.append(torch.from_numpy(parts[-1].run(["logits"], {"given": given})[0][0]))
    return torch.stack([torch.stack(features) for features in seen]), probabilities(torch.stack(said))


def learn_early(model: Student, seen: torch.Tensor, said: torch.Tensor, log=print) -> None:
    """Fits the early heads in place; the rest of the model stays as it is."""
    model.cpu()
    for layers, head, features in zip(EXITS, model.early_heads, seen):
        learn_head(head, features, said, lambda line: log(f"after {layers} layers: {line}"))


def learn_head(head: torch.nn.Sequential, seen: torch.Tensor, said: torch.Tensor, log) -> None:
    torch.manual_seed(1)
    mean, spread = seen.mean(0), seen.std(0) + 1e-3
    seen = (seen - mean) / spread
    first = head[0]
    with torch.no_grad():
        first.bias += first.weight @ mean
        first.weight *= spread
    head.train()
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - epoch / EPOCHS)
        total = 0.0
        for batch in torch.randperm(len(seen)).split(SIZE):
            loss = loss_of(head(seen[batch]), said[batch], torch.ones(len(batch)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        log(f"epoch {epoch + 1}/{EPOCHS} loss {total / len(seen):.4f}")
    head.eval()
    # The states come as they are: what standardised them goes into the first layer.
    with torch.no_grad():
        first.bias -= first.weight @ (mean / spread)
        first.weight /= spread


def split(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which texts the heads learn from, and which tell how certain they have to be."""
    held = np.random.default_rng(1).random(count) < 0.2
    return np.flatnonzero(~held), np.flatnonzero(held)
