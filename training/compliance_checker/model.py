"""The tagger: word pieces, a small BERT encoder, one linear layer to the tags.

Usage: `build_tokenizer` on the training words, then `build_tagger`. Shapes: B segments, T word pieces, C tags.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.compliance_checker.atoms import STOP, Kind, is_value
from structural.problems.compliance_checker.encoding import (
    KEY_END,
    MAX_TOKENS,
    SPECIAL_TOKENS,
    TAGS,
    UNKNOWN,
    allowed_tags,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz0"
_WORD_SHARE = 0.6
"""Share of the vocabulary given to whole words; parts of words, for spellings never met, get the rest."""
_LEAST_COUNT = 3
_OUT_OF_QUESTION = -30.0
"""Added to the logits of tags that a word cannot carry."""


@dataclass(frozen=True, slots=True)
class Size:
    """Size of the encoder."""

    width: int = 128
    layers: int = 2
    heads: int = 4
    inner_width: int = 256
    dropout: float = 0.05


def build_tokenizer(segments: Iterable[Sequence[str]], vocabulary_size: int) -> Any:
    """Return a WordPiece tokenizer for masked words: special tokens, signs, frequent words, frequent parts of words.

    The vocabulary is counted here and not by the trainer of `tokenizers`, which breaks ties by hash order and so gives
    another vocabulary in every process.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import WhitespaceSplit

    words = Counter(word for segment in segments for word in segment if not is_value(word))
    letters = sorted({letter for word in words for letter in word} | set(_LETTERS))
    tokens = [*SPECIAL_TOKENS, KEY_END, STOP, *Kind, *letters, *("##" + letter for letter in letters)]
    for candidates in (words, _parts(words)):
        frequent = sorted(candidates, key=lambda piece, counts=candidates: (-counts[piece], piece))  # type: ignore[misc]
        room = (vocabulary_size - len(tokens)) * _WORD_SHARE if candidates is words else vocabulary_size - len(tokens)
        known = set(tokens)
        fresh = [piece for piece in frequent if piece not in known and candidates[piece] >= _LEAST_COUNT]
        tokens.extend(fresh[: max(int(room), 0)])
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(WordPiece(vocab=vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=64))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    return tokenizer


def _parts(words: Mapping[str, int]) -> Counter[str]:
    """Return how often parts of two to six letters begin (``ab``) or continue (``##ab``) words, by word count."""
    parts: Counter[str] = Counter()
    for word, count in words.items():
        for start in range(len(word)):
            for end in range(start + 2, min(start + 6, len(word)) + 1):
                parts[("##" if start else "") + word[start:end]] += count
    return parts


def kinds_of_pieces(tokenizer: Any) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which word pieces stand for a value, and which begin a word of the language, both (V,)."""
    pieces = [tokenizer.id_to_token(index) for index in range(tokenizer.get_vocab_size())]
    silent = {*SPECIAL_TOKENS, KEY_END, STOP}
    values = np.array([is_value(piece) for piece in pieces])
    speaks = np.array([not piece.startswith("##") and piece not in silent for piece in pieces])
    return values, speaks & ~values


def build_tagger(tokenizer: Any, size: Size, unheard: NDArray[np.bool_] | None = None) -> Any:
    """Return the untrained network: (ids, mask) of shape (B, T) to logits (B, T, C).

    Tags that a word's kind does not allow are out of question: a force is never read as a length. In segments of at
    most one value so are those that one of its pieces was never heard with (``unheard``, (V, C); see `heard`).
    """
    import torch
    from transformers import BertConfig, BertModel

    class Tagger(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            config = BertConfig(
                vocab_size=tokenizer.get_vocab_size(),
                hidden_size=size.width,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                intermediate_size=size.inner_width,
                max_position_embeddings=MAX_TOKENS,
                hidden_dropout_prob=size.dropout,
                attention_probs_dropout_prob=0.0,
                pad_token_id=0,
                attn_implementation="eager",
            )
            self.bert = BertModel(config, add_pooling_layer=False)
            self.tags = torch.nn.Linear(size.width, len(TAGS))
            tokens = [tokenizer.id_to_token(index) for index in range(tokenizer.get_vocab_size())]
            forbidden = torch.as_tensor(~allowed_tags(tokens))
            self.penalty: torch.Tensor
            self.register_buffer("penalty", forbidden.float() * _OUT_OF_QUESTION, persistent=False)  # (V, C)
            self.unheard: torch.Tensor
            never = np.zeros(forbidden.shape, dtype=bool) if unheard is None else unheard
            self.register_buffer("unheard", torch.as_tensor(never).float(), persistent=False)  # (V, C)
            self.is_value: torch.Tensor
            self.register_buffer("is_value", torch.as_tensor(kinds_of_pieces(tokenizer)[0]).float(), persistent=False)

        def forward(self, ids: Any, mask: Any) -> Any:
            hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state  # (B, T, width)
            one_value = (self.is_value[ids].sum(dim=1) <= 1).float()  # (B,); padding is no value
            unheard = self.unheard[ids].amax(dim=1) * one_value[:, None]  # (B, C)
            out_of_question = self.penalty[ids] + (unheard * _OUT_OF_QUESTION)[:, None]
            return self.tags(hidden) + out_of_question  # (B, T, C)

    return Tagger()
