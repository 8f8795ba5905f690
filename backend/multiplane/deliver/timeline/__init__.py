"""The storyboard for editing programs: OpenTimelineIO, Final Cut Pro 7 XML and EDL."""

from multiplane.deliver.timeline.write import EDL, FCP7, OTIO, write_timelines

__all__ = ["EDL", "FCP7", "OTIO", "write_timelines"]
