"""Storyboards in, layered 2.5D shots out."""
