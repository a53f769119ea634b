"""A pretrained encoder with one linear layer on top: what a text tells, and how it stands to it."""

from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

MAIN = [
    "votes_not_counted",
    "machine_failure",
    "results_manipulated",
    "ballot_fraud",
    "voting_obstructed",
    "other_election",
    "not_election",
]
NARRATIVES = MAIN[:5]
STANCES = ["asserts", "reports", "questions", "debunks", "unrelated"]

# Where each head's outputs stand: the main narrative (softmax), narratives that hold (sigmoid each), stance (softmax),
# flag (sigmoid).
MAIN_AT = slice(0, 7)
HOLDS_AT = slice(7, 12)
STANCE_AT = slice(12, 17)
FLAG_AT = slice(17, 18)
OUTPUTS = 18

# Layers after which the verdict on a text may be certain already, and the width of what tells it there.
EXITS = (2, 4)
EARLY_WIDTH = 96


class Classifier(nn.Module):
    """Token states, mean-pooled beside the first token's, to OUTPUTS logits; early heads read the lower layers' states."""

    def __init__(self, base: str | Path, dropout: float = 0.1, attention: str | None = None):
        super().__init__()
        self.backbone = AutoModel.from_pretrained(base, add_pooling_layer=False, attn_implementation=attention)
        width = self.backbone.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, OUTPUTS)
        self.early_heads = nn.ModuleList(
            nn.Sequential(nn.Linear(3 * width, EARLY_WIDTH), nn.GELU(), nn.Dropout(0.2), nn.Linear(EARLY_WIDTH, OUTPUTS))
            for _ in EXITS
        )

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.outputs(states, attention_mask)

    def outputs(self, states: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        mean = pooled(states, attention_mask)
        return self.head(self.dropout(torch.cat([mean, states[:, 0]], dim=-1)))


def early_features(states: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
    """What an early head reads of a layer's states: mean, first and greatest of each dimension."""
    seen = states if attention_mask is None else states.masked_fill(attention_mask.unsqueeze(-1) == 0, -1e4)
    return torch.cat([pooled(states, attention_mask), states[:, 0], seen.amax(1)], dim=-1)


def pooled(states: torch.Tensor, attention_mask: torch.Tensor | None) -> torch.Tensor:
    """The mean over tokens; without a mask all count."""
    if attention_mask is None:
        return states.mean(1)
    mask = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * mask).sum(1) / mask.sum(1)


def tokenizer_of(base: str | Path):
    return AutoTokenizer.from_pretrained(base)


def probabilities(logits: torch.Tensor) -> torch.Tensor:
    """OUTPUTS probabilities, head by head."""
    logits = logits.float()
    return torch.cat(
        [
            logits[:, MAIN_AT].softmax(-1),
            logits[:, HOLDS_AT].sigmoid(),
            logits[:, STANCE_AT].softmax(-1),
            logits[:, FLAG_AT].sigmoid(),
        ],
        dim=-1,
    )
