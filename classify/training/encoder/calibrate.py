"""
What the exported encoder's numbers mean: Platt's line for the flag, its threshold, and an offset for each narrative, all
fitted on the dev posts with the very files that ship; and how certain the lower layers have to be to speak for all.
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

FILES = ["lower.onnx", "upper.onnx", "tokenizer.json", "tokenizer_config.json"]
# As in classify/model/encoder.ts.
PIECES_MAX = 256
# A threshold is good where its neighbours are good too; of those as good as the best, the strictest flags fewest
# debunks.
NEIGHBOURS = 0.05
AS_GOOD = 0.005
# Factors by which a narrative's odds may be raised: rare ones are underrated.
FACTORS = [1, 1.5, 2, 2.5, 3]
# Of the texts on which the lower layers speak for all, at most so many would get another flag, another first narrative.
OTHER_FLAG = 0.001
OTHER_NARRATIVE = 0.01


def logits_of(folder: Path, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """What the lower layers say, and what all say: [texts, OUTPUTS] each."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    lower, upper = (onnxruntime.InferenceSession(folder / f"{name}.onnx", options) for name in ("lower", "upper"))
    early, out = [], []
    for ids in tokenize(tokenizer_of(folder), texts, PIECES_MAX):
        states, first = lower.run(["states", "early"], {"input_ids": np.array([ids], np.int64)})
        early.append(first[0])
        out.append(upper.run(["logits"], {"states": states})[0][0])
    return np.array(early), np.array(out)


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


def odds(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def narrative_offsets(p: np.ndarray, main: np.ndarray) -> list[float]:
    both, offsets = odds((p[:, :5] + p[:, 7:12]) / 2), np.zeros(len(NARRATIVES))
    right = lambda o: (np.where((both + o).max(1) >= 0, (both + o).argmax(1), 5) == main).mean()
    for i in range(len(NARRATIVES)):
        tries = [offsets + np.log(factor) * (np.arange(len(NARRATIVES)) == i) for factor in FACTORS]
        offsets = max(tries, key=right)
    return [round(float(o), 4) for o in offsets]


def meant(logits: np.ndarray, settings: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flag, narratives and stances as `probabilitiesOf` in classify/model/encoder.ts has them."""
    p = probabilities(torch.from_numpy(logits)).numpy()
    line = settings["flag"]
    flag = 1 / (1 + np.exp(-(line["slope"] * logits[:, 17] + line["offset"])))
    narratives = 1 / (1 + np.exp(-(odds((p[:, :5] + p[:, 7:12]) / 2) + np.array(settings["narratives"]))))
    return flag, narratives, p[:, 12:17]


def first_narrative(narratives: np.ndarray) -> np.ndarray:
    return np.where(narratives.max(1) >= 0.5, narratives.argmax(1), 5)


def certainty(flag: np.ndarray, narratives: np.ndarray, stances: np.ndarray, threshold: float) -> np.ndarray:
    """How far a verdict is from being another; as `certaintyOf` in classify/model/encoder.ts."""
    ranked, stance = np.sort(narratives, 1), np.sort(stances, 1)
    none = ranked[:, -1] < 0.5
    of_narrative = np.where(none, 0.5 - ranked[:, -1], np.minimum(ranked[:, -1] - 0.5, ranked[:, -1] - ranked[:, -2]))
    of_stance = np.where(none, 1, (stance[:, -1] - stance[:, -2]) / 2)
    return np.minimum(np.minimum(np.abs(flag - threshold), of_narrative), of_stance)


def least_certainty(early: np.ndarray, whole: np.ndarray, settings: dict) -> tuple[float, float]:
    """From where on the lower layers may speak for all, and for which share of the texts they then do."""
    threshold = settings["flag"]["threshold"]
    first, last = meant(early, settings), meant(whole, settings)
    sure = certainty(*first, threshold)
    order = np.argsort(-sure)
    upto = np.arange(1, len(order) + 1)
    other_flag = np.cumsum(((first[0] >= threshold) != (last[0] >= threshold))[order]) / upto
    other_narrative = np.cumsum((first_narrative(first[1]) != first_narrative(last[1]))[order]) / upto
    good = np.flatnonzero((other_flag <= OTHER_FLAG) & (other_narrative <= OTHER_NARRATIVE))
    return round(float(sure[order[good[-1]]]), 4), float(upto[good[-1]] / len(order))


def calibrate(folder: Path, dev: Posts, fresh: list[str]) -> dict:
    """Writes calibration.json and gives the dev table. `fresh`: texts that go on, which the early head has not seen."""
    early, logits = logits_of(folder, dev.texts)
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
    settings["certain"], share = least_certainty(*logits_of(folder, fresh), settings)
    print(f"the lower layers are certain of {share:.0%} of the texts that go on")
    (folder / "calibration.json").write_text(json.dumps(settings, indent=2) + "\n")
    certain = certainty(*meant(early, settings), threshold) >= settings["certain"]
    p = probabilities(torch.from_numpy(np.where(certain[:, None], early, logits))).numpy()
    p[:, 17] = meant(np.where(certain[:, None], early, logits), settings)[0]
    return table(dev.labels, dev.sure, p, threshold)
