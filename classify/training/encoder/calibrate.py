"""
What the exported encoder's numbers mean: Platt's line for the flag and its threshold, fitted on the dev posts with the
very files that ship; an offset for each narrative, by the teachers on posts that they have not seen; and how certain each early head has to be to speak for all layers.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from data import Posts, tokenize
from export import PARTS, PIECES_MAX, opened
from measure import f1, table
from model import FLAG_AT, NARRATIVES, OUTPUTS, probabilities, tokenizer_of

FILES = [*(f"{part}.onnx" for part in PARTS), "tokenizer.json", "tokenizer_config.json"]
# A threshold is good where its neighbours are good too; of those as good as the best, the strictest flags fewest
# debunks.
NEIGHBOURS = 0.05
AS_GOOD = 0.005
# Factors by which a narrative's odds may be raised, for the rare ones are underrated. Of those that are as good as the
# best (so many fewer right answers at most) the smallest is taken; the greatest where there are too few found posts to
# tell: a narrative of few posts is one that an office must not miss.
FACTORS = [1, 1.25, 1.5, 2, 2.5, 3]
AS_RIGHT = 0.0005
FEW = 200
# Of the texts on which an early head speaks for all layers, at most so many would get another flag, another first
# narrative. One text in seven reaches the encoder, so of all texts that pass the gate it is a seventh of this.
OTHER_FLAG = 0.003
OTHER_NARRATIVE = 0.0075


def logits_of(folder: Path, texts: list[str]) -> np.ndarray:
    """What each part says, the last of them what all layers say: [parts, texts, OUTPUTS]."""
    parts = opened(folder)
    said = np.zeros((len(parts), len(texts), OUTPUTS), np.float32)
    for i, ids in enumerate(tokenize(tokenizer_of(folder), texts, PIECES_MAX)):
        given = np.array([ids], np.int64)
        for at, part in enumerate(parts[:-1]):
            given, said[at, i] = part.run(["states", "early"], {"given": given})
        (said[-1, i],) = parts[-1].run(["logits"], {"given": given})
    return said


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
    """By what judges say, [posts, OUTPUTS], who have not seen the posts' labels; `main`: the label, 5 for none."""
    both, offsets = odds((p[:, :5] + p[:, 7:12]) / 2), np.zeros(len(NARRATIVES))
    right = lambda o: (np.where((both + o).max(1) >= 0, (both + o).argmax(1), 5) == main).mean()
    tries = lambda i: [np.where(np.arange(len(NARRATIVES)) == i, np.log(factor), offsets) for factor in FACTORS]
    few = np.bincount(main, minlength=6)[:5] < FEW
    for i in np.argsort(few, kind="stable"):
        best = max(map(right, tries(i)))
        good = [one for one in tries(i) if right(one) >= best - AS_RIGHT]
        offsets = good[-1 if few[i] else 0]
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
    of_stance = np.where(none, 1, stance[:, -1] - stance[:, -2])
    return np.minimum(np.minimum(np.abs(flag - threshold), of_narrative), of_stance)


def least_certainties(said: np.ndarray, settings: dict) -> list[float]:
    """From where on each early head may speak for all layers; the later ones see only what the earlier ones leave."""
    threshold = settings["flag"]["threshold"]
    last = meant(said[-1], settings)
    left, least = np.arange(said.shape[1]), []
    for early in said[:-1]:
        first = meant(early[left], settings)
        sure = certainty(*first, threshold)
        order = np.argsort(-sure)
        upto = np.arange(1, len(order) + 1)
        other_flag = (first[0] >= threshold) != (last[0][left] >= threshold)
        other_narrative = first_narrative(first[1]) != first_narrative(last[1][left])
        good = np.flatnonzero(
            (np.cumsum(other_flag[order]) / upto <= OTHER_FLAG)
            & (np.cumsum(other_narrative[order]) / upto <= OTHER_NARRATIVE)
        )
        least.append(round(float(sure[order[good[-1]]]), 4))
        left = left[sure < least[-1]]
        print(f"{len(left) / said.shape[1]:.0%} of the texts go on to the next layers")
    return least


def spoken(said: np.ndarray, settings: dict) -> np.ndarray:
    """The logits that count: of the first part that is certain, [texts, OUTPUTS]."""
    out = said[-1].copy()
    for early, least in reversed(list(zip(said, settings["certain"]))):
        sure = certainty(*meant(early, settings), settings["flag"]["threshold"]) >= least
        out[sure] = early[sure]
    return out


def calibrate(folder: Path, dev: Posts, fresh: list[str], offsets: list[float]) -> dict:
    """
    Writes calibration.json and gives the dev table. `fresh`: texts that go on, which the early heads have not seen;
    `offsets`: as `narrative_offsets` gives them.
    """
    said = logits_of(folder, dev.texts)
    logits = said[-1]
    p = probabilities(torch.from_numpy(logits)).numpy()
    truth = dev.labels[:, 17] > 0.5
    slope, offset = platt(logits[:, FLAG_AT].squeeze(-1), truth)
    p[:, 17] = 1 / (1 + np.exp(-(slope * logits[:, 17] + offset)))
    threshold = best_threshold(truth, p[:, 17])
    settings = {
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES},
        "flag": {"slope": round(slope, 4), "offset": round(offset, 4), "threshold": threshold},
        "narratives": offsets,
    }
    settings["certain"] = least_certainties(logits_of(folder, fresh), settings)
    (folder / "calibration.json").write_text(json.dumps(settings, indent=2) + "\n")
    counts = spoken(said, settings)
    p = probabilities(torch.from_numpy(counts)).numpy()
    p[:, 17] = meant(counts, settings)[0]
    return table(dev.labels, dev.sure, p, threshold)
