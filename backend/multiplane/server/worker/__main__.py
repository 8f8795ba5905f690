"""python -m multiplane.server.worker: started by the server, and only by it."""

from __future__ import annotations

from multiplane.server.worker.child import main

main()
