"""Lottie animations with a 3D camera."""
