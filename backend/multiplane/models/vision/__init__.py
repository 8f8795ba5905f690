"""Models that look at pictures: words, boxes and points to masks."""
