"""One training loop for teachers (on labels) and students (on teachers' probabilities)."""

import math
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

from data import batches, disturb, padded, tokenize
from model import FLAG_AT, HOLDS_AT, MAIN_AT, STANCE_AT, Classifier, probabilities

# The flag is what decides; it counts double.
FLAG_SHARE = 2.0
# What each of a student's early heads counts beside its last layer.
EARLY_SHARES = (0.3, 0.4)


def loss_of(logits: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Cross-entropy against probabilities, head by head; a head's entropy is left in, for it moves nothing."""
    logits = logits.float()
    main = -(target[:, MAIN_AT] * logits[:, MAIN_AT].log_softmax(-1)).sum(-1)
    stance = -(target[:, STANCE_AT] * logits[:, STANCE_AT].log_softmax(-1)).sum(-1)
    holds = F.binary_cross_entropy_with_logits(logits[:, HOLDS_AT], target[:, HOLDS_AT], reduction="none").sum(-1)
    flag = F.binary_cross_entropy_with_logits(logits[:, FLAG_AT], target[:, FLAG_AT], reduction="none").sum(-1)
    return ((main + stance + holds + FLAG_SHARE * flag) * weights).sum() / weights.sum()


def loss_of_all(said: list[torch.Tensor], target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Of all that a model says: a teacher once, a student by its early heads too."""
    losses = [loss_of(logits, target, weights) for logits in said]
    return losses[-1] + sum(share * loss for share, loss in zip(EARLY_SHARES, losses[:-1]))


def groups(model: Classifier, rate: float, decay: float, layer_decay: float):
    """Parameters with their learning rates: lower layers less, the head ten times. What needs no gradient is left out."""
    layers = model.backbone.config.num_hidden_layers
    out = []
    for name, value in model.named_parameters():
        if not value.requires_grad:
            continue
        if name.startswith(("head", "early_heads")):
            own = 10 * rate if layer_decay < 1 else 3 * rate
        elif ".layer." in name:
            own = rate * layer_decay ** (layers - 1 - int(name.split(".layer.")[1].split(".")[0]))
        else:
            own = rate * layer_decay**layers
        out.append({"params": [value], "lr": own, "weight_decay": decay if value.ndim > 1 else 0.0})
    return out


def rate_at(step: int, steps: int, started: float, deadline: float | None) -> float:
    """Share of the learning rate: warm-up over 6 % of the steps, then down to nothing at the last step or deadline."""
    done = step / steps
    if deadline is not None:
        done = max(done, (time.time() - started) / (deadline - started))
    return max(0.0, min((step + 1) / (0.06 * steps + 1), (1 - done) / 0.94, 1.0))


def fit(model, tokenizer, texts, labels, weights, *, epochs, size, rate, length, seed, device, layer_decay=1.0,
        disturbed=0.0, rows=None, deadline=None, log=print):
    """Trains in place. `rows(random)`: which texts are read in an epoch; default all."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    labels = torch.from_numpy(labels).to(device)
    weights = torch.from_numpy(weights).to(device)
    rows = rows or (lambda _: np.arange(len(texts)))
    order = rows(np.random.default_rng(seed))
    clean = tokenize(tokenizer, texts, length)
    optimizer = torch.optim.AdamW(groups(model, rate, 0.01, layer_decay), fused=device == "cuda")
    steps = epochs * math.ceil(len(order) / size)
    started, step = time.time(), 0
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: rate_at(step, steps, started, deadline))
    model.to(device).train()
    total = torch.zeros((), device=device)
    for epoch in range(epochs):
        order = rows(np.random.default_rng([seed, epoch]))
        tokens = [clean[i] for i in order]
        if disturbed > 0:
            which = [k for k in range(len(order)) if rng.random() < disturbed]
            new = tokenize(tokenizer, [disturb(texts[order[k]], rng) for k in which], length)
            for k, one in zip(which, new):
                tokens[k] = one
        for batch in batches(tokens, size, rng):
            ids, mask = padded([tokens[k] for k in batch], tokenizer.pad_token_id, device)
            at = torch.from_numpy(order[batch]).to(device)
            with torch.autocast(device, torch.bfloat16):
                said = model(ids, mask)
            loss = loss_of_all(said, labels[at], weights[at])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.detach()
            step += 1
            schedule.step()
            if deadline is not None and time.time() > deadline:
                log(f"stopped at step {step} of {steps}: out of time")
                return model
        log(f"epoch {epoch + 1}/{epochs} loss {total.item() / step:.4f} {time.time() - started:.0f} s")
    return model


@torch.no_grad()
def predict(model, tokenizer, texts, *, length, device, size=512) -> np.ndarray:
    """[texts, OUTPUTS] probabilities."""
    model.to(device).eval()
    tokens = tokenize(tokenizer, texts, length)
    out = torch.zeros(len(texts), 18)
    for batch in batches(tokens, size, None):
        ids, mask = padded([tokens[i] for i in batch], tokenizer.pad_token_id, device)
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            logits = model(ids, mask)[-1]
        out[batch] = probabilities(logits).cpu()
    return out.numpy()
