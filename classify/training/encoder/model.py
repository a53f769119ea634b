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
# Layers after which the token states of least worth are left out: the share that stays, of a short text so many.
THINNED = {0: 4 / 5, 1: 4 / 5, 2: 3 / 4, 4: 2 / 3}
FEW_TOKENS = 12


class Classifier(nn.Module):
    """A teacher: token states, mean-pooled beside the first token's, to OUTPUTS logits."""

    def __init__(self, base: str | Path, dropout: float = 0.1, attention: str | None = None):
        super().__init__()
        self.backbone = AutoModel.from_pretrained(base, add_pooling_layer=False, attn_implementation=attention)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * self.backbone.config.hidden_size, OUTPUTS)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> list[torch.Tensor]:
        """The logits; of a student those of each early head before them."""
        states = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return [self.outputs(states, attention_mask)]

    def outputs(self, states: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        mean = pooled(states, attention_mask)
        return self.head(self.dropout(torch.cat([mean, states[:, 0]], dim=-1)))


class Student(Classifier):
    """
    Early heads read the lower layers' states; and of the token states those that bear on the verdict stay, as a line over
    the state tells (Goyal et al. 2020, PoWER-BERT, where attention tells it).
    """

    def __init__(self, base: str | Path, dropout: float = 0.1, attention: str | None = None):
        super().__init__(base, dropout, attention)
        width = self.backbone.config.hidden_size
        self.early_heads = nn.ModuleList(
            nn.Sequential(nn.Linear(3 * width, EARLY_WIDTH), nn.GELU(), nn.Dropout(0.2), nn.Linear(EARLY_WIDTH, OUTPUTS))
            for _ in EXITS
        )
        # Fitted by worth.py; without them all token states stay.
        self.worth = nn.ParameterDict({str(at): nn.Parameter(torch.zeros(width), requires_grad=False) for at in THINNED})
        self.thins = True

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> list[torch.Tensor]:
        states, mask = self.thinned(0, self.backbone.embeddings(input_ids=input_ids), attention_mask)
        said = []
        for at, layer in enumerate(self.backbone.encoder.layer, 1):
            states = layer(states, attention_mask=hidden(mask, states.dtype))
            if at in EXITS:
                said.append(self.early_heads[EXITS.index(at)](early_features(states, mask)))
            states, mask = self.thinned(at, states, mask)
        return [*said, self.outputs(states, mask)]

    def thinned(self, at: int, states: torch.Tensor, mask: torch.Tensor):
        return thinned(states, mask, self.worth[str(at)], THINNED[at]) if self.thins and at in THINNED else (states, mask)


def hidden(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """What is added to the attention that is paid to each token."""
    return torch.zeros_like(mask, dtype=dtype).masked_fill(mask == 0, -1e4)[:, None, None, :]


def thinned(states: torch.Tensor, mask: torch.Tensor, worth: torch.Tensor, share: float):
    """The first token's state and those of most worth, with their mask."""
    stay = staying(mask.sum(1), share)
    score = (states @ worth.to(states.dtype)).float().masked_fill(mask == 0, -torch.inf)
    score[:, 0] = torch.inf
    top = score.topk(int(stay.max()), dim=1).indices
    kept = (torch.arange(top.shape[1], device=mask.device) < stay[:, None]).to(mask.dtype)
    return states.gather(1, top[..., None].expand(-1, -1, states.shape[-1])), kept


def staying(tokens: torch.Tensor, share: float) -> torch.Tensor:
    """How many of so many tokens stay."""
    return torch.maximum(torch.ceil(tokens * share - 1e-4).long(), tokens.clamp(max=FEW_TOKENS))


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
