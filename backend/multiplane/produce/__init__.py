"""The way of one shot, and of a storyboard, from what was asked for to files on the disk."""
