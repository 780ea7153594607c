"""Drops boilerplate of spreadsheets before scoring: default pins, form text, city names.

What very many rows share is no evidence that two of them are of one incident.

All counts are made over the whole file before any row is compared, in arrays.
"""

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from reporting.dedupe.columns import Rows
from reporting.incidents.similarity import own_grams, widen_m
from reporting.incidents.text_similarity import fold

_CROWD_S = 28 * 86_400
_STOCK_PLACE = 20  # a location that more reports name in four weeks is a city or the like
_STOCK_TEXT = 8  # a short text that more reports share in four weeks comes from a form
_PASSED_ON_GRAMS = 40
_FORM_SHARE = 0.05  # a word in a larger share of a topic's reports belongs to a form
_FORM_TEXT = 0.6  # a text with a smaller share of own words comes from a form

Numbers = NDArray[np.int64]


def drop_stock(rows: Rows) -> None:
    """Widen default pins and drop boilerplate in all rows."""
    weeks = _four_weeks(rows)
    _widen_pins(rows, weeks)
    _drop_stock_phrases(rows, weeks)
    _drop_form_words(rows)
    rows.forget()


def _four_weeks(rows: Rows) -> Numbers:
    weeks = np.frombuffer(rows.times) // _CROWD_S if len(rows) else np.zeros(0)
    return np.nan_to_num(weeks, nan=0.0).astype(np.int64)


def _widen_pins(rows: Rows, weeks: Numbers) -> None:
    """Give a default pin, a point that very many reports share, a wider radius.

    The radius grows with the largest number of reports on the point in any four weeks, so that it does not depend on
    how many years the file covers.
    """
    located = [row for row, lat in enumerate(rows.lats) if not math.isnan(lat)]
    if not located:
        return
    points = np.frombuffer(rows.lats)[located] + 1j * np.frombuffer(rows.lons)[located]
    _, pin_of = np.unique(points, return_inverse=True)
    together, counts = np.unique(np.stack([pin_of, weeks[located]]), axis=1, return_counts=True)
    largest = np.zeros(pin_of.max() + 1, dtype=np.int64)
    np.maximum.at(largest, together[0], counts)
    for row, count in zip(located, largest[pin_of].tolist(), strict=True):
        rows.radii_m[row] = widen_m(rows.radii_m[row], count)


def _drop_stock_phrases(rows: Rows, weeks: Numbers) -> None:
    """Drop locations and short texts that very many reports share: city names and form text are no evidence.

    A long shared text stays: it is a message that was passed on, and a moderator wants to see it as one.
    """
    shared_places = _list_shared(rows.location_keys, weeks, _STOCK_PLACE)
    shared_texts = _list_shared(rows.text_keys, weeks, _STOCK_TEXT)
    for row in np.flatnonzero(np.isin(rows.text_keys, shared_texts)).tolist():
        if own_grams(rows.words.get(rows.texts[row]), rows.find(rows.topics[row])) < _PASSED_ON_GRAMS:
            rows.say(row, "")
    for row in np.flatnonzero(np.isin(rows.location_keys, shared_places)).tolist():
        rows.forget_location(row)


def _drop_form_words(rows: Rows) -> None:
    """Drop words that many reports of a topic share from texts that consist mostly of them: these come from a form.

    In a text that a person wrote these words stay, because its duplicates are recognised by all of its words.
    """
    both = np.flatnonzero(
        (np.frombuffer(rows.text_keys, np.int64) != 0) & (np.frombuffer(rows.topic_keys, np.int64) != 0)
    )
    if not len(both):
        return
    pairs = np.stack([np.frombuffer(rows.topic_keys, np.int64)[both], np.frombuffer(rows.text_keys, np.int64)[both]])
    _, first, kind_of, counts = np.unique(pairs, axis=1, return_index=True, return_inverse=True, return_counts=True)
    sizes, uses = Counter[int](), Counter[tuple[int, str]]()
    for row, count in zip(both[first].tolist(), counts.tolist(), strict=True):
        topic = rows.topic_keys[row]
        sizes[topic] += count
        for word in set(fold(rows.words.get(rows.texts[row])).split()):
            uses[topic, word] += count
    form = {use for use, count in uses.items() if count > max(_STOCK_PLACE, _FORM_SHARE * sizes[use[0]])}
    uses.clear()
    shortened = {}
    for kind, row in enumerate(both[first].tolist()):
        words = fold(rows.words.get(rows.texts[row])).split()
        own = [word for word in words if (rows.topic_keys[row], word) not in form]
        if len(own) < _FORM_TEXT * len(words):
            shortened[kind] = " ".join(own)
    for row, kind in zip(both.tolist(), kind_of.ravel().tolist(), strict=True):
        if kind in shortened:
            rows.say(row, shortened[kind])


def _list_shared(keys: Iterable[int], weeks: Numbers, most: int) -> Numbers:
    """List the keys that more than `most` rows share in some four weeks."""
    uses = np.stack([np.fromiter(keys, np.int64), weeks])
    together, counts = np.unique(uses, axis=1, return_counts=True)
    found: Numbers = together[0][(counts > most) & (together[0] != 0)]
    return found
