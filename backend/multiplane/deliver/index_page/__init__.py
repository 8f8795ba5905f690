"""index.html: the whole storyboard as one page that opens from the disk and plays its parallax."""

from multiplane.deliver.index_page.page import write_index

__all__ = ["write_index"]
