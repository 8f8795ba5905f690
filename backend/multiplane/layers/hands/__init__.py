"""Layers changed by hand: strokes, boxes, words, merging, splitting; no model is needed."""
