"""index.html: the whole storyboard as one page that opens from the disk and plays its parallax."""

from multiplane.deliver.index_page.page import INDEX, write_index, write_index_of

__all__ = ["INDEX", "write_index", "write_index_of"]
