"""The early head: learns from the finished student what it will say of a text, from the states of its lower layers."""

import numpy as np
import torch

from data import batches, padded, tokenize
from fit import loss_of
from model import EARLY_LAYERS, Classifier, probabilities

EPOCHS = 8
RATE = 2e-3
SIZE = 256


@torch.no_grad()
def read(model: Classifier, tokenizer, texts, *, length: int, device: str, size: int = 256):
    """What the early head sees of each text, [texts, 3 width], and what the student says of it, [texts, OUTPUTS]."""
    model.to(device).eval()
    tokens = tokenize(tokenizer, texts, length)
    seen, said = [None] * len(texts), [None] * len(texts)
    for batch in batches(tokens, size, None):
        ids, mask = padded([tokens[i] for i in batch], tokenizer.pad_token_id, device)
        with torch.autocast(device, torch.bfloat16):
            states = model.backbone(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        features = model.early_features(states[EARLY_LAYERS].float(), mask).cpu()
        outputs = probabilities(model.outputs(states[-1].float(), mask)).cpu()
        for row, i in enumerate(batch):
            seen[i], said[i] = features[row], outputs[row]
    return torch.stack(seen), torch.stack(said)


def learn_early(model: Classifier, seen: torch.Tensor, said: torch.Tensor, log=print) -> None:
    """Fits `model.early_head` in place; the rest of the model stays as it is."""
    torch.manual_seed(1)
    model.cpu()
    mean, spread = seen.mean(0), seen.std(0) + 1e-3
    seen = (seen - mean) / spread
    head = model.early_head.train()
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=0.02)
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
        log(f"early head: epoch {epoch + 1}/{EPOCHS} loss {total / len(seen):.4f}")
    head.eval()
    # The states come as they are: what standardised them goes into the first layer.
    with torch.no_grad():
        first = head[0]
        first.bias -= first.weight @ (mean / spread)
        first.weight /= spread


def split(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which texts the head learns from, and which tell how certain it has to be."""
    held = np.random.default_rng(1).random(count) < 0.2
    return np.flatnonzero(~held), np.flatnonzero(held)
