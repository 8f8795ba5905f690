"""Planes before a camera: geometry, easing, presets and overscan (numpy only, no pixels)."""
