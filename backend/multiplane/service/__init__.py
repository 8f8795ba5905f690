"""The server at login, by the system's own means: launchd, a systemd user unit, a Windows task.

Each file here computes what it writes and runs from a `System`, and runs commands by a `Runner`, so
that all three can be tested on any computer.
"""
