"""Talk to a running server: `connect` for programs without asyncio, `AsyncClient` with it."""

from __future__ import annotations

from multiplane.client.async_client import AsyncClient
from multiplane.client.sync_client import Client

__all__ = ["AsyncClient", "Client"]
