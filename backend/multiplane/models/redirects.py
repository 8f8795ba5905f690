"""Where a download really comes from: other hosts that a hub sends to are told, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from multiplane.contract.errors import Failure

OnRedirect = Callable[[str, str], None]  # (host that was asked, host that it sends to)


@contextmanager
def told_redirects(on_redirect: OnRedirect | None) -> Iterator[None]:
    """Within, what huggingface_hub fetches goes to another host only after that was told.

    on_redirect: is told of each pair of hosts once, with their ports where these are named; it may
    raise to stop. None: other hosts are refused. From HTTPS to plain HTTP is refused always. A
    login's token goes to no other host: the HTTP library drops it.

    Raises Failure `models.redirect_refused`.
    """
    from huggingface_hub.utils import set_client_factory
    from huggingface_hub.utils._http import default_client_factory

    told: set[tuple[str, str]] = set()

    def answered(response: Any) -> None:
        if not response.is_redirect:
            return
        asked, sent = response.url, response.url.join(response.headers["location"])
        if asked.scheme == "https" and sent.scheme != "https":
            raise _refused(asked, sent, "without encryption")
        pair = (asked.netloc.decode("ascii"), sent.netloc.decode("ascii"))
        if pair[0] == pair[1] or pair in told:
            return
        if on_redirect is None:
            raise _refused(asked, sent, "of which nobody is told")
        on_redirect(*pair)
        told.add(pair)

    def client() -> Any:
        made = default_client_factory()
        made.event_hooks["response"].append(answered)
        return made

    set_client_factory(client)
    try:
        yield
    finally:
        set_client_factory(default_client_factory)


def in_words(asked: str, sent: str) -> str:
    """What an `OnRedirect` may say of both hosts."""
    return f"{asked} sends to {sent}: files come from there. Each is checked by its hash."


def _refused(asked: Any, sent: Any, why: str) -> Failure:
    return Failure(
        code="models.redirect_refused",
        message="{asked} sends to {sent}, {why}.",
        value=str(sent.copy_with(query=None)),
        remedy="If you trust it, get the model by hand and name its folder with --model.",
        values={"asked": asked.host, "sent": sent.host, "why": why},
    )
