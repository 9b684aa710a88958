"""What an entry is: its identity and its split, both functions of the question alone.

The identity (``entry_id``) hashes the exact question. The split hashes the *coarse* question - numbers rounded to
three significant digits, text normalised - so questions that differ only in the fourth digit always share a split and
no near duplicate of a holdout entry is ever trained on. Where entries are cut from one whole (the pairs of a building),
the number of that whole decides instead, so that no part of it is trained on and another measured on.
"""

import re
import unicodedata
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from data_validation.contract import HOLDOUT, TRAIN, VALIDATION, SplitWeights, is_text
from structural.decimals import power_of_ten
from structural.problem import Column, Kind, Problem, Role
from structural.tables import Table, row_count

ID_BYTES = 16
COARSE_DIGITS = 3
_NAN_MARK = np.int64(np.iinfo(np.int64).min)
_GROUP_STEP = np.uint64(61)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SPACE = re.compile(r"\s+")


def entry_ids(problem: Problem, table: Table) -> NDArray[np.str_]:
    """Return the identity of each row: 32 hex digits over the exact QUESTION columns, shape (n,)."""
    raw = _row_hashes(problem, "exact", [_exact(column, table[column.name]) for column in _question(problem)])
    digits = raw.tobytes().hex()
    width = 2 * ID_BYTES
    return np.array([digits[at : at + width] for at in range(0, len(digits), width)], dtype=f"U{width}")


def coarse_keys(problem: Problem, table: Table) -> NDArray[np.uint64]:
    """Return a 64-bit key of the coarse QUESTION columns, shape (n,): equal keys mean near duplicates."""
    raw = _row_hashes(problem, "coarse", [_coarse(column, table[column.name]) for column in _question(problem)])
    return np.ascontiguousarray(raw[:, :8]).view("<u8").ravel().astype(np.uint64)


def short_hashes(ids: NDArray[np.str_]) -> NDArray[np.uint64]:
    """Return the first 64 bits of each entry id, shape (n,): enough to find repeats among billions of rows."""
    return np.array([int(entry_id[:16], 16) for entry_id in ids.tolist()], dtype=np.uint64)


def groups_of(problem: Problem, table: Table) -> NDArray[np.int64]:
    """Return the number of the whole that each row is a part of, shape (n,); 0 for rows that stand alone."""
    if not problem.group_column:
        return np.zeros(row_count(table), dtype=np.int64)
    return np.asarray(table[problem.group_column], dtype=np.int64)


def splits_of(
    keys: NDArray[np.uint64],
    weights: SplitWeights,
    train_only: NDArray[np.uint64] | None = None,
    groups: NDArray[np.int64] | None = None,
) -> NDArray[np.str_]:
    """Return the split of each coarse key, shape (n,).

    ``train_only`` are the coarse keys of reviewed entries, which are trained on whatever their hash says. So is every
    near duplicate of theirs, or a question would stand on both sides. ``groups`` as `groups_of` returns: rows of one
    group share the split of its number.
    """
    bucket = keys % np.uint64(100)
    if groups is not None:
        # neighbouring numbers are spread evenly over the splits: 61 is near the golden section of 100 and prime to it
        of_group = np.maximum(groups, 0).astype(np.uint64) % np.uint64(100) * _GROUP_STEP % np.uint64(100)
        bucket = np.where(groups > 0, of_group, bucket)
    train_end = np.uint64(weights.train_weight_percent)
    validation_end = train_end + np.uint64(weights.validation_weight_percent)
    splits = np.where(bucket < train_end, TRAIN, np.where(bucket < validation_end, VALIDATION, HOLDOUT))
    return splits if train_only is None else np.where(np.isin(keys, train_only), TRAIN, splits)


def _question(problem: Problem) -> list[Column]:
    return [column for column in problem.columns if column.role is Role.QUESTION]


def _row_hashes(problem: Problem, purpose: str, parts: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Hash fixed-width row content, parts of shape (n, width) -> (n, ID_BYTES)."""
    content = np.ascontiguousarray(np.concatenate(parts, axis=1))
    width = content.shape[1]
    columns = ",".join(f"{column.name}:{column.kind}" for column in _question(problem))
    start = blake2b(f"{purpose}|{problem.name}|{columns}".encode(), digest_size=ID_BYTES)
    view = memoryview(content.tobytes())
    digests = bytearray()
    for at in range(0, len(view), width):
        state = start.copy()
        state.update(view[at : at + width])
        digests += state.digest()
    return np.frombuffer(bytes(digests), dtype=np.uint8).reshape(-1, ID_BYTES)


def _exact(column: Column, values: NDArray) -> NDArray[np.uint8]:
    if is_text(column):
        return _text_digests(values, column.kind is Kind.CATEGORY, normalise=False)
    if column.kind is Kind.FLOAT:
        numbers = values.astype("<f8") + 0.0  # -0.0 and 0.0 are the same number
        numbers[np.isnan(numbers)] = np.nan  # one NaN pattern of the many
        return _bytes_of(numbers)
    return _bytes_of(values.astype("<i8"))


def _coarse(column: Column, values: NDArray) -> NDArray[np.uint8]:
    if is_text(column):
        return _text_digests(values, column.kind is Kind.CATEGORY, normalise=column.kind is Kind.TEXT)
    if column.kind is Kind.BOOLEAN:
        return _bytes_of(values.astype("<i8"))
    return _bytes_of(round_significant(values))


def _bytes_of(values: NDArray) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), values.dtype.itemsize)


def round_significant(values: NDArray) -> NDArray[np.int64]:
    """Return a key a number that is equal for numbers that agree to three significant digits, shape (n,).

    Works with exact powers of ten and correctly rounded division only, so the key is the same on every machine.
    """
    numbers = values.astype(np.float64)
    size = np.abs(numbers)
    usable = np.isfinite(numbers) & (size > 1e-300)
    size = np.where(usable, size, 1.0)
    power = np.floor(np.log10(size)).astype(np.int64)
    shift = power - (COARSE_DIGITS - 1)
    mantissa = np.rint(np.where(shift >= 0, size / power_of_ten(shift), size * power_of_ten(-shift))).astype(np.int64)
    carried = mantissa >= 10**COARSE_DIGITS
    mantissa = np.where(carried, mantissa // 10, mantissa)
    key = (power + carried) * 10_000 + mantissa
    # Zero is 0; the offset keeps the keys of positive numbers above it whatever their exponent.
    key = np.where(usable, np.where(numbers < 0, -1, 1) * (key + 10_000_000), 0)
    return np.where(np.isnan(numbers), _NAN_MARK, key).astype("<i8")


def normalise_text(text: str) -> str:
    """Return text as compared for near duplicates: compatibility forms, case, spaces and fourth digits do not count."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _SPACE.sub(" ", text.casefold()).strip()
    return _NUMBER.sub(lambda match: f"{float(match[0]):.{COARSE_DIGITS}g}", text)


def _text_digests(values: NDArray, few_values: bool, normalise: bool) -> NDArray[np.uint8]:
    if few_values:
        names, codes = np.unique(values, return_inverse=True)
        return _text_digests(names, few_values=False, normalise=normalise)[codes]
    texts = values.tolist()
    if normalise:
        texts = [normalise_text(text) for text in texts]
    digests = b"".join(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=ID_BYTES).digest() for text in texts)
    return np.frombuffer(digests, dtype=np.uint8).reshape(row_count({"texts": values}), ID_BYTES)
