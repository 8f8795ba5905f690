"""Which questions are answered beside the others of a conversation, because they wait for long."""

from __future__ import annotations

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.messages import open_envelope
from multiplane.contract.messages_client import GetMachine, GetTokens

_TYPES = {GetMachine.TYPE, GetTokens.TYPE}
_LONGEST = 2**16
"""Characters; a longer message is nobody's question."""


def is_asked_beside(message: str | bytes) -> bool:
    """Whether the message changes nothing, and waits for a process that loads heavy libraries.

    What is asked after it need not wait for it, too.
    """
    if len(message) > _LONGEST:
        return False
    try:
        return open_envelope(message).type in _TYPES
    except MultiplaneError:
        return False  # it is told when it is answered
