"""The tagger: word pieces, a small BERT encoder, one linear layer to the tags.

Usage: `build_tokenizer` on the training words, then `build_tagger`. Shapes: B segments, T word pieces, C tags.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from structural.problems.compliance_checker.encoding import END, MAX_TOKENS, PAD, SPECIAL_TOKENS, START, TAGS, UNKNOWN


@dataclass(frozen=True, slots=True)
class Size:
    """Size of the encoder."""

    width: int = 128
    layers: int = 2
    heads: int = 4
    inner_width: int = 256
    dropout: float = 0.05


def build_tokenizer(segments: Iterable[Sequence[str]], vocabulary_size: int) -> Any:
    """Return a WordPiece tokenizer trained on masked words, special tokens first."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from tokenizers.trainers import WordPieceTrainer

    tokenizer = Tokenizer(WordPiece(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    trainer = WordPieceTrainer(
        vocab_size=vocabulary_size, special_tokens=list(SPECIAL_TOKENS), show_progress=False, min_frequency=2
    )
    # Sorted, because the trainer breaks ties by the order in which it meets words.
    tokenizer.train_from_iterator(sorted(" ".join(words) for words in segments), trainer)
    for token in (PAD, UNKNOWN, START, END):
        if tokenizer.token_to_id(token) is None:
            raise RuntimeError(f"tokenizer lacks {token}")
    return tokenizer


def build_tagger(vocabulary_size: int, size: Size) -> Any:
    """Return the untrained network: (ids, mask) of shape (B, T) to logits (B, T, C)."""
    import torch
    from transformers import BertConfig, BertModel

    class Tagger(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            config = BertConfig(
                vocab_size=vocabulary_size,
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

        def forward(self, ids: Any, mask: Any) -> Any:
            hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state  # (B, T, width)
            return self.tags(hidden)  # (B, T, C)

    return Tagger()
