"""The dev table: flag F1 at the best threshold, and what the other heads get right."""

import numpy as np

from model import MAIN, STANCES


def f1(truth: np.ndarray, said: np.ndarray) -> float:
    return 2 * (truth & said).sum() / max(1, truth.sum() + said.sum())


def best_threshold(truth: np.ndarray, score: np.ndarray) -> float:
    candidates = np.linspace(0.1, 0.9, 81)
    return float(max(candidates, key=lambda t: f1(truth, score >= t)))


def table(labels: np.ndarray, sure: np.ndarray, p: np.ndarray, threshold: float | None = None) -> dict:
    truth = labels[:, 17] > 0.5
    t = best_threshold(truth, p[:, 17]) if threshold is None else threshold
    said = p[:, 17] >= t
    stance, main = labels[:, 12:17].argmax(1), labels[:, :7].argmax(1)
    none = lambda m: np.where(m >= 5, 5, m)
    flagged_of = lambda which: float(said[which].mean()) if which.any() else None
    return {
        "threshold": round(t, 2),
        "f1": round(f1(truth, said), 3),
        "f1_sure": round(f1(truth[sure == 1], said[sure == 1]), 3),
        "debunks_flagged": flagged_of(stance == STANCES.index("debunks")),
        "reports_flagged": flagged_of((stance == STANCES.index("reports")) | (stance == STANCES.index("questions"))),
        "narrative": float((none(main) == none(p[:, :7].argmax(1))).mean()),
        "stance": float((stance == p[:, 12:17].argmax(1)).mean()),
        "machine_found": float((p[main == MAIN.index("machine_failure"), :7].argmax(1) == 1).mean())
        if (main == 1).any()
        else None,
    }
