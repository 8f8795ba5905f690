"""Pictures as H.264 stores them: yuv420p in BT.709, limited range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame

YUV420 = "yuv420p"


class ToYuv420:
    """Turns the pictures of one film into frames. Its tables are for one size, so keep it."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()

    def frame(self, picture: NDArray[np.uint8]) -> VideoFrame:
        """``picture``, (h, w, 3) or (h, w, 4) sRGB, as a frame of its own; alpha is left out.

        An odd side grows by one pixel, its last one repeated.
        """
        from av import VideoFrame
        from av.video.reformatter import ColorRange, Colorspace

        pixels = _even(picture)
        # Shares the pixels; converting them copies.
        shared = VideoFrame.from_numpy_buffer(
            pixels, format="rgba" if pixels.shape[2] == 4 else "rgb24"
        )
        return self._reformatter.reformat(
            shared,
            format=YUV420,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )


def _even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(picture)
