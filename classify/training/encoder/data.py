"""Posts as rows, labels as OUTPUTS probabilities, and batches of texts of like length."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from model import MAIN, NARRATIVES, OUTPUTS, STANCES

# Another careful reader may choose otherwise where a label is not sure.
SURE_WEIGHT = {1: 1.0, 0: 0.6}
PART_WEIGHT = {"found": 1.0, "own": 1.0, "spanish": 0.5, "unrelated": 0.5}


@dataclass
class Posts:
    texts: list[str]
    labels: np.ndarray  # [posts, OUTPUTS], probabilities
    weights: np.ndarray  # [posts]
    sure: np.ndarray
    parts: list[str]


def read_lines(path: Path) -> list[dict]:
    with open(path, encoding="utf8") as lines:
        return [json.loads(line) for line in lines if line != "\n"]


def read_posts(path: Path, smoothing: float = 0.05) -> Posts:
    rows = read_lines(path)
    labels = np.zeros((len(rows), OUTPUTS), np.float32)
    for label, row in zip(labels, rows):
        label[:7] = smoothing / 7
        label[MAIN.index(row["narrative"])] += 1 - smoothing
        label[7:12] = smoothing / 2
        for name in row["holds"]:
            label[7 + NARRATIVES.index(name)] = 1 - smoothing / 2
        label[12:17] = smoothing / 5
        label[12 + STANCES.index(row["stance"])] += 1 - smoothing
        label[17] = 1 - smoothing / 2 if row["flag"] else smoothing / 2
    weights = [SURE_WEIGHT[int(row["sure"])] * PART_WEIGHT[row["part"]] for row in rows]
    return Posts(
        [row["text"] for row in rows],
        labels,
        np.array(weights, np.float32),
        np.array([int(row["sure"]) for row in rows]),
        [row["part"] for row in rows],
    )


def tokenize(tokenizer, texts: list[str], length: int) -> list[list[int]]:
    return tokenizer(texts, truncation=True, max_length=length)["input_ids"]


def batches(tokens: list[list[int]], size: int, rng: random.Random | None):
    """Indices of posts of like length together, in random order (sorted by length without `rng`)."""
    order = list(range(len(tokens)))
    if rng is None:
        order.sort(key=lambda i: len(tokens[i]))
        return [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(order)
    out = []
    for start in range(0, len(order), size * 50):
        chunk = sorted(order[start : start + size * 50], key=lambda i: len(tokens[i]))
        out += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    rng.shuffle(out)
    return out


def padded(tokens: list[list[int]], pad: int, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    longest = -(-max(map(len, tokens)) // 8) * 8
    ids = np.full((len(tokens), longest), pad, np.int64)
    mask = np.zeros((len(tokens), longest), np.int64)
    for row, one in enumerate(tokens):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    to = {"device": device, "non_blocking": True}
    return torch.from_numpy(ids).to(**to), torch.from_numpy(mask).to(**to)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def disturb(text: str, rng: random.Random) -> str:
    """The text as a hasty or a careful hand might leave it: slips of the finger, lost spaces and marks."""
    kind = rng.random()
    if kind < 0.5:  # one to three slips
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text)) if text else 0
            slip = rng.random()
            if slip < 0.35 and at + 1 < len(text):
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            elif slip < 0.65:
                text = text[:at] + text[at + 1 :]
            elif slip < 0.85:
                text = text[:at] + rng.choice(LETTERS) + text[at:]
            else:
                text = text[:at] + rng.choice(LETTERS) + text[at + 1 :]
    elif kind < 0.65:  # no marks
        text = "".join(c if c.isalnum() or c.isspace() else " " for c in text)
    elif kind < 0.8:  # words run together
        words = text.split(" ")
        if len(words) > 3:
            at = rng.randrange(len(words) - 1)
            words[at : at + 2] = ["".join(words[at : at + 2])]
        text = " ".join(words)
    else:  # digits for letters
        text = text.translate(str.maketrans(rng.choice([{"o": "0"}, {"e": "3"}, {"a": "4"}, {"i": "1"}])))
    return text
