"""
What the exported encoder's numbers mean: Platt's line for the flag, its threshold, and an offset for each narrative, all
fitted on the dev posts with the very file that ships.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from data import Posts, tokenize
from measure import f1, table
from model import FLAG_AT, NARRATIVES, probabilities, tokenizer_of

FILES = ["config.json", "onnx/model_quantized.onnx", "tokenizer.json", "tokenizer_config.json"]
# As in classify/model/encoder.ts.
PIECES_MAX = 256
# A threshold is good where its neighbours are good too; of those as good as the best, the strictest flags fewest
# debunks.
NEIGHBOURS = 0.05
AS_GOOD = 0.005
# Factors by which a narrative's odds may be raised: rare ones are underrated.
FACTORS = [1, 1.5, 2, 2.5, 3]


def logits_of(folder: Path, texts: list[str]) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "onnx/model_quantized.onnx", options)
    out = []
    for ids in tokenize(tokenizer_of(folder), texts, PIECES_MAX):
        feed = {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, len(ids)), np.int64)}
        out.append(session.run(None, feed)[0][0])
    return np.array(out)


def platt(logit: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the most likely logistic line (Platt 1999, with his smoothed targets), by Newton's method."""
    target = np.where(truth, (truth.sum() + 1) / (truth.sum() + 2), 1 / ((~truth).sum() + 2))
    x, line = np.stack([logit, np.ones_like(logit)], 1), np.array([1.0, 0.0])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ line))
        line -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2), x.T @ (p - target))
    return float(line[0]), float(line[1])


def best_threshold(truth: np.ndarray, score: np.ndarray) -> float:
    grid = np.round(np.arange(0.2, 0.81, 0.01), 2)
    curve = np.array([f1(truth, score >= t) for t in grid])
    smooth = np.array([curve[np.abs(grid - t) <= NEIGHBOURS].mean() for t in grid])
    return float(grid[smooth >= smooth.max() - AS_GOOD].max())


def narrative_offsets(p: np.ndarray, main: np.ndarray) -> list[float]:
    both = (p[:, :5] + p[:, 7:12]) / 2
    odds, offsets = np.log(both / (1 - both)), np.zeros(len(NARRATIVES))
    right = lambda o: (np.where((odds + o).max(1) >= 0, (odds + o).argmax(1), 5) == main).mean()
    for i in range(len(NARRATIVES)):
        tries = [offsets + np.log(factor) * (np.arange(len(NARRATIVES)) == i) for factor in FACTORS]
        offsets = max(tries, key=right)
    return [round(float(o), 4) for o in offsets]


def calibrate(folder: Path, dev: Posts) -> dict:
    """Writes calibration.json and gives the dev table."""
    logits = logits_of(folder, dev.texts)
    p = probabilities(torch.from_numpy(logits)).numpy()
    truth = dev.labels[:, 17] > 0.5
    slope, offset = platt(logits[:, FLAG_AT].squeeze(-1), truth)
    p[:, 17] = 1 / (1 + np.exp(-(slope * logits[:, 17] + offset)))
    threshold = best_threshold(truth, p[:, 17])
    offsets = narrative_offsets(p, np.minimum(dev.labels[:, :7].argmax(1), 5))
    settings = {
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES},
        "flag": {"slope": round(slope, 4), "offset": round(offset, 4), "threshold": threshold},
        "narratives": offsets,
    }
    (folder / "calibration.json").write_text(json.dumps(settings, indent=2) + "\n")
    return table(dev.labels, dev.sure, p, threshold)
