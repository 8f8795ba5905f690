"""The server: takes storyboards over HTTP and WebSocket, makes their shots, and loses none.

The process that listens never imports torch. Shots are made in worker processes (`worker`), so
that neither a crash nor a lack of memory in a model can end the server.
"""
