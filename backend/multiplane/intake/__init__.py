"""Readers: files of users become a storyboard, a picture, phrases; or clear errors."""
