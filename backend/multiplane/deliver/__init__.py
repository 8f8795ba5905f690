"""Finished shots on disk: pictures, layers, PSD, preview film, manifest, contact sheet."""
