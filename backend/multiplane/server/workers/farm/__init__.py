"""Workers on other computers, by Ray: the same worker process, started and reached through it.

The nodes share no disk with the server: a shot's drawing and earlier layers go to the node, and
the files that it made come back, in blocks, by their SHA-256. A node needs the same version of
Multiplane and the models that the storyboards name.
"""
