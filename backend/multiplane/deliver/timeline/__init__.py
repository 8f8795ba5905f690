"""The storyboard for editing programs: OpenTimelineIO, Final Cut Pro 7 XML and EDL."""
