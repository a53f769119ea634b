"""
From labels to an encoder: several teachers (a larger base), each on all labels but its own fold; their mean labels the
texts that nobody has read; the student (the small base that ships) learns from both.

    python train.py CORPUS WORK --teacher DIR --student DIR [--out DIR]

CORPUS is what `npm run corpus` wrote; `--out` (default: where Tallywatch looks for it) gets the encoder. A teacher that
lies in WORK is not trained again.
"""

import argparse
import json
import shutil
import time
from pathlib import Path

import numpy as np
import torch

from calibrate import calibrate, narrative_offsets
from data import read_lines, read_posts
from early import learn_early, read, split
from export import export
from fit import fit, predict
from measure import table
from model import Classifier, Student, tokenizer_of
from worth import learn_worth

FOLDS = 5
TEACHER = dict(epochs=3, size=64, rate=6e-5, length=160, layer_decay=0.9)
STUDENT = dict(epochs=10, size=256, rate=4e-4, length=160, disturbed=0.3)
REFINED = dict(epochs=5, size=64, rate=8e-5, length=160, disturbed=0.25)
# Beside the labelled texts and those that the encoder is asked about, so many others an epoch, and composed ones in Spanish.
OTHERS = 5_000
SPANISH = 3_500
# Labels count beside the teachers' word: they are one reading each.
HARD_SHARE = 0.4


def folds_of(posts) -> np.ndarray:
    """A fold for each found post; the others (-1) are in every training part."""
    folds = np.random.default_rng(1).integers(0, FOLDS, len(posts.texts))
    return np.where(np.array(posts.parts) == "found", folds, -1)


def teach(args, seed: int) -> None:
    done = args.work / f"teacher-{seed}.npz"
    if done.exists():
        return
    posts, dev = read_posts(args.corpus / "labelled.jsonl"), read_posts(args.corpus / "dev.jsonl")
    soft = [row["text"] for row in read_lines(args.corpus / "soft.jsonl")]
    held = folds_of(posts) == seed % FOLDS
    tokenizer = tokenizer_of(args.teacher)
    model = Classifier(args.teacher)
    log = lambda line: print(f"teacher {seed}: {line}", flush=True)
    at = np.flatnonzero(~held)
    fit(model, tokenizer, [posts.texts[i] for i in at], posts.labels[at], posts.weights[at], seed=seed,
        device=args.device, log=log, **TEACHER)
    guess = lambda texts: predict(model, tokenizer, texts, length=TEACHER["length"], device=args.device)
    on_dev = guess(dev.texts)
    out = np.flatnonzero(held)
    on_held = guess([posts.texts[i] for i in out])
    log("dev " + json.dumps(table(dev.labels, dev.sure, on_dev)))
    log("held out " + json.dumps(table(posts.labels[out], posts.sure[out], on_held)))
    on_labelled = guess(posts.texts)
    started = time.time()
    on_soft = guess(soft)
    log(f"{len(soft)} texts labelled in {time.time() - started:.0f} s")
    np.savez(done, dev=on_dev, labelled=on_labelled.astype(np.float16), soft=on_soft.astype(np.float16), held=held)


def gather(args) -> dict[str, np.ndarray]:
    """The teachers' mean; for a labelled post only of those that have not seen its label, where there are such."""
    parts = [np.load(args.work / f"teacher-{seed}.npz") for seed in range(args.teachers)]
    labelled = np.stack([part["labelled"] for part in parts]).astype(np.float32)
    unseen = np.stack([part["held"] for part in parts])
    unseen = np.where(unseen.any(0), unseen, True)[..., None]
    return {
        "dev": np.mean([part["dev"] for part in parts], 0),
        "labelled": (labelled * unseen).sum(0) / unseen.sum(0),
        "soft": np.mean([part["soft"].astype(np.float32) for part in parts], 0),
    }


def taught_texts(args) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Every text, what the student learns of it, which part of the corpus it is of, and whether the encoder is asked."""
    posts, soft = read_posts(args.corpus / "labelled.jsonl"), read_lines(args.corpus / "soft.jsonl")
    taught = gather(args)
    parts = np.array(posts.parts)
    found = parts == "found"
    print("teachers on held out " + json.dumps(table(posts.labels[found], posts.sure[found], taught["labelled"][found])))
    mixed = np.where(found[:, None], HARD_SHARE * posts.labels + (1 - HARD_SHARE) * taught["labelled"], posts.labels)
    labels = np.concatenate([mixed, taught["soft"]]).astype(np.float32)
    on = np.array([row["on"] for row in read_lines(args.corpus / "labelled.jsonl") + soft])
    return posts.texts + [row["text"] for row in soft], labels, np.concatenate([parts, np.full(len(soft), "soft")]), on


def learn(args, name: str, model: Student, texts, labels, rows, recipe: dict) -> None:
    log = lambda line: print(f"student {name}: {line}", flush=True)
    fit(model, tokenizer_of(args.student), texts, labels, np.ones(len(texts), np.float32), rows=rows, seed=1,
        device=args.device, log=log, deadline=args.deadline, **recipe)


def finish(args, name: str, model: Student) -> None:
    dev = read_posts(args.corpus / "dev.jsonl")
    on_dev = predict(model, tokenizer_of(args.student), dev.texts, length=256, device=args.device)
    print(f"student {name}: dev " + json.dumps(table(dev.labels, dev.sure, on_dev)), flush=True)
    save_state(model, args.work / f"student-{name}.pt")


def study(args) -> None:
    """The student reads everything, with all its token states."""
    texts, labels, parts, _ = taught_texts(args)
    model = Student(args.student)
    model.thins = False
    rows = np.repeat(np.arange(len(texts)), np.where(np.isin(parts, ["found", "own"]), 3, 1))
    name = f"{args.name}-first"
    learn(args, name, model, texts, labels, lambda _: rows, STUDENT)
    finish(args, name, model)


def refine(args) -> None:
    """
    It learns which token states it may leave out, and then to do without them, on what the encoder is asked about. The mean
    of the weights before and after is better than either (Wortsman et al. 2022, Robust fine-tuning).
    """
    texts, labels, parts, on = taught_texts(args)
    model = Student(args.student)
    model.load_state_dict(read_state(args.work / f"student-{args.name}-first.pt"))
    asked = [texts[i] for i in np.flatnonzero(on & (parts == "soft"))]
    learn_worth(model, tokenizer_of(args.student), asked, REFINED["length"])
    model.backbone.embeddings.requires_grad_(False)
    labelled = np.isin(parts, ["found", "own"])
    always = np.repeat(np.arange(len(texts)), labelled + (on & (parts != "spanish")))
    some = [(np.flatnonzero(~on & (parts == "soft")), OTHERS), (np.flatnonzero(parts == "spanish"), SPANISH)]

    def rows(random: np.random.Generator) -> np.ndarray:
        return np.concatenate([always, *(random.choice(of, min(count, len(of)), replace=False) for of, count in some)])

    before = {name: value.clone() for name, value in model.state_dict().items()}
    learn(args, args.name, model, texts, labels, rows, REFINED)
    model.load_state_dict({name: torch.lerp(before[name], value.cpu(), 0.5) for name, value in model.state_dict().items()})
    finish(args, args.name, model)


def read_state(path: Path) -> dict[str, torch.Tensor]:
    return {name: value.float() for name, value in torch.load(path, map_location="cpu").items()}


def save_state(model: Student, path: Path) -> None:
    """In 16 bits, but for the early heads and lines of worth: their numbers cancel out."""
    whole = lambda name: name.startswith(("early_head", "worth"))
    torch.save({name: value if whole(name) else value.half() for name, value in model.state_dict().items()}, path)


def texts_that_go_on(args) -> list[str]:
    """Those of the corpus that the encoder is asked about, in use."""
    rows = read_lines(args.corpus / "labelled.jsonl") + read_lines(args.corpus / "soft.jsonl")
    return [row["text"] for row in rows if row["on"]]


def finish_early(args) -> None:
    """Gives the student its early heads."""
    path, folder = args.work / f"student-{args.name}.pt", args.work / "parts"
    model = Student(args.student)
    model.load_state_dict(read_state(path))
    texts = texts_that_go_on(args)
    export(model.state_dict(), args.student, folder, texts)
    copy_tokenizer(args.student, folder)
    learn, _ = split(len(texts))
    seen, said = read(folder, [texts[i] for i in learn], 256)
    learn_early(model, seen, said)
    save_state(model, path)


def copy_tokenizer(base: Path, out: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / name, out / name)


def ship(args) -> None:
    """Student, tokenizer and calibration to where Tallywatch reads them."""
    texts = texts_that_go_on(args)
    export(read_state(args.work / f"student-{args.name}.pt"), args.student, args.out, texts)
    copy_tokenizer(args.student, args.out)
    _, held = split(len(texts))
    posts = read_posts(args.corpus / "labelled.jsonl")
    found = np.array([part == "found" for part in posts.parts])
    offsets = narrative_offsets(gather(args)["labelled"][found], np.minimum(posts.labels[found, :7].argmax(1), 5))
    figures = calibrate(args.out, read_posts(args.corpus / "dev.jsonl"), [texts[i] for i in held], offsets)
    print("as it ships, on dev " + json.dumps(figures))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--teacher", required=True, type=Path)
    parser.add_argument("--student", required=True, type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "model/encoder")
    parser.add_argument("--teachers", type=int, default=5)
    parser.add_argument("--only", help="one step: teach:SEED, study, refine, early or ship")
    parser.add_argument("--name", default="base")
    parser.add_argument("--deadline", type=float, help="seconds since 1970 at which training stops")
    args = parser.parse_args()
    args.device = "cuda" if torch.cuda.is_available() else "cpu"
    args.work.mkdir(parents=True, exist_ok=True)
    return args


if __name__ == "__main__":
    args = arguments()
    if args.only is None or args.only.startswith("teach"):
        for seed in range(args.teachers) if args.only is None else [int(args.only.split(":")[1])]:
            teach(args, seed)
    if args.only in (None, "study"):
        study(args)
    if args.only in (None, "refine"):
        refine(args)
    if args.only in (None, "early"):
        finish_early(args)
    if args.only in (None, "ship"):
        ship(args)
