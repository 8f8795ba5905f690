"""Conversations over WebSocket: from hello to the end, and what every request does."""
