"""python -m multiplane.server.workers.worker: started by the server, and only by it."""

from __future__ import annotations

from multiplane.server.workers.worker.child import main

main()
