"""Which of a version's titles a persona means: decided here, once for every engine, so that engines only compare."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.queries import PersonaQuery

SHAPE = pa.schema([("title_words", pa.string()), ("said", pa.int64()), ("unsaid", pa.int64())])
_KEPT_MAX = 256


class Titles:
    """All the titles there are in one version, each once, as `titles.words` writes them."""

    def __init__(self, texts: pa.ChunkedArray) -> None:
        self.texts = texts.combine_chunks()
        self._having: OrderedDict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = OrderedDict()

    @classmethod
    def none(cls) -> "Titles":
        return cls(pa.chunked_array([], pa.string()))

    def meant(self, personas: Sequence[PersonaQuery]) -> pa.Table:
        """A row for each title that some persona asks for or leaves out: bit i of `said` is that persona i asks for it,
        of `unsaid` that it leaves it out."""
        masks = {name: np.zeros(len(self.texts), np.int64) for name in ("said", "unsaid")}
        for bit, persona in enumerate(personas):
            for name, phrases in (("said", persona.phrases), ("unsaid", persona.phrases_out)):
                for phrase in phrases:
                    masks[name][self._with(phrase)] |= 1 << bit
        found = pa.array(np.flatnonzero(masks["said"] | masks["unsaid"]))
        columns = [self.texts.take(found), *(pa.array(mask).take(found) for mask in masks.values())]
        return pa.table(columns, schema=SHAPE)

    def _with(self, phrase: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """The places of the titles that have the phrase: whole words in a row. The last few are remembered."""
        found = self._having.pop(phrase, None)
        if found is None:
            flags = pc.match_substring(self.texts, phrase)
            found = np.flatnonzero(flags.to_numpy(zero_copy_only=False))
        self._having[phrase] = found
        while len(self._having) > _KEPT_MAX:
            self._having.popitem(last=False)
        return found
