"""What is said over plain HTTP: health, uploads, pairing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class HttpBody(BaseModel):
    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_serialization_defaults_required=True
    )


class Health(HttpBody):
    """All that anybody may know without the token."""

    status: Literal["ok"] = "ok"
    protocol: int


class Proof(HttpBody):
    """Shows that the server knows the token, before a client lets it know anything."""

    run: str = Field(description="what tells this run of the server from any other")
    proof: str = Field(
        description='HMAC-SHA-256 with the token over "multiplane server", the port, run and '
        "nonce, each on a line; hexadecimal digits"
    )


class Uploaded(HttpBody):
    """A picture that a storyboard may name now, as `"picture": "upload:<sha256>"`."""

    sha256: str
    bytes: int = Field(ge=0)
    picture: str = Field(description="what to write into the storyboard")


class PairRequest(HttpBody):
    code: str = Field(min_length=1, max_length=40, description="as `multiplane pair` shows")


class AllowedPage(HttpBody):
    """A page that its plugin vouches for: it may use the server from now on, with the token."""

    origin: str = Field(
        pattern=r"^[a-z][a-z0-9+.-]{0,30}://[^\s/]{0,200}/?$", description="as browsers say it"
    )


class Paired(HttpBody):
    token: str
