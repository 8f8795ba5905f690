"""Words found in a picture are kept with every result of that picture, whatever its layers.

So undoing, another camera and another edit lose none of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from multiplane.contract.layout import MANIFEST, PICTURE, WORDS
from multiplane.contract.manifest import Manifest
from multiplane.server.jobs.blobs import StoredFile
from multiplane.server.jobs.results import SharedResults

_SAME_PICTURE = """
SELECT result.hash FROM resultfile AS mine
JOIN resultfile AS other ON other.sha256 = mine.sha256 AND other.path = mine.path
JOIN result ON result.hash = other.result_id
WHERE mine.result_id = ? AND mine.path = ? AND result.hash <> mine.result_id
ORDER BY result.made DESC
"""


class PictureWords:
    """Brings words from one result of a picture to the others of it."""

    def __init__(self, results: SharedResults) -> None:
        self._results = results

    async def found(self, result: str, files: Sequence[StoredFile]) -> list[str]:
        """A search has changed these files of a result; returns all results that have changed."""
        if not self._results.change_files(result, files):
            return []
        others = self._others(result)
        return [result, *[other for other in others if await self._bring(result, other)]]

    async def take_over(self, result: str) -> None:
        """A result was made: words found in its picture meanwhile are its own, too."""
        for other in self._others(result)[:1]:
            await self._bring(other, result)

    def _others(self, result: str) -> list[str]:
        """Results with the very same picture, the newest first."""
        rows = self._results.database.execute_sql(_SAME_PICTURE, (result, PICTURE))
        return [row[0] for row in rows]

    async def _bring(self, source: str, target: str) -> bool:
        """Give `target` the words of `source`, unless it has others; whether it has changed."""
        has, lacks = self._named(source), self._named(target)
        same = has.get(WORDS) == lacks.get(WORDS)
        if same or WORDS not in has or not {MANIFEST} <= has.keys() & lacks.keys():
            return False
        fresh = await asyncio.to_thread(
            self._with_words, has[MANIFEST], has[WORDS], lacks[MANIFEST]
        )
        if fresh is None or self._named(target).get(MANIFEST) != lacks[MANIFEST]:
            return False  # nothing is lacking, or somebody else was quicker
        return self._results.change_files(target, [fresh, has[WORDS]])

    def _named(self, result: str) -> dict[str, StoredFile]:
        return {file.path: file for file in self._results.files(result)}

    def _with_words(
        self, source: StoredFile, sheet: StoredFile, target: StoredFile
    ) -> StoredFile | None:
        """The manifest `target` with the words of `source`; None where it has words of its own."""
        blobs = self._results.blobs
        try:
            more = Manifest.model_validate_json(blobs.path(source.sha256).read_bytes())
            old = Manifest.model_validate_json(blobs.path(target.sha256).read_bytes())
        except (OSError, ValueError):
            return None  # a damaged one is told of where it is read
        if not {one.word for one in old.words} <= {one.word for one in more.words}:
            return None
        with blobs.incoming() as path:
            path.write_text(old.with_words(more.words, sheet.sha256).to_json(), encoding="utf-8")
            return StoredFile(MANIFEST, *blobs.add(path))
