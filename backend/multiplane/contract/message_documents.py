"""The protocol as documents that other programs read: JSON Schema, AsyncAPI 3, OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from multiplane.contract.messages import PROTOCOL, SUBPROTOCOL, TOKEN_SUBPROTOCOL, Payload
from multiplane.contract.messages_client import REQUESTS, Request
from multiplane.contract.messages_http import (
    AllowedPage,
    Health,
    Paired,
    PairRequest,
    Proof,
    Uploaded,
)
from multiplane.contract.messages_server import EVENTS, NOTICES, ErrorNotice
from multiplane.contract.proof import NONCE

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]


def message_schema(title: str, classes: Mapping[str, type[Payload]], mode: Mode) -> Schema:
    """One JSON Schema for a whole message on the wire: any of `classes` in its envelope."""
    parts = _parts(list(classes.values()), mode, "#/$defs/{model}")
    names = {name: f"{message.__name__}Message" for name, message in classes.items()}
    for name, message in classes.items():
        parts[names[name]] = _envelope(name, {"$ref": f"#/$defs/{message.__name__}"}, message)
    return {
        "title": title,
        "oneOf": [{"$ref": f"#/$defs/{envelope}"} for envelope in names.values()],
        "$defs": parts,
    }


def asyncapi() -> Schema:
    """The WebSocket side."""
    schemas = _parts(list(REQUESTS.values()), "validation", "#/components/schemas/{model}")
    schemas |= _parts(list(NOTICES.values()), "serialization", "#/components/schemas/{model}")
    messages = {}
    for name, message in {**REQUESTS, **NOTICES}.items():
        reference = {"$ref": f"#/components/schemas/{message.__name__}"}
        messages[message.__name__] = {
            "name": name,
            "contentType": "application/json",
            "summary": _first_line(message),
            "payload": _envelope(name, reference, message),
            "correlationId": {"location": "$message.payload#/id"},
        }
    messages["Preview"] = {
        "name": "preview",
        "contentType": "application/octet-stream",
        "summary": "Binary: the picture of a shot while it is painted; see contract/frames.py.",
        "payload": {"type": "string", "format": "binary"},
    }
    on_channel = {message: {"$ref": f"#/components/messages/{message}"} for message in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Multiplane",
            "version": str(PROTOCOL),
            "description": (
                f"Open /ws with the subprotocol {SUBPROTOCOL} and the token, either as the "
                f"header `Authorization: Bearer TOKEN` or as a second subprotocol "
                f"{TOKEN_SUBPROTOCOL}TOKEN. Say `hello` first."
            ),
        },
        "channels": {"ws": {"address": "/ws", "messages": on_channel}},
        "operations": {
            **{name: _request(request) for name, request in REQUESTS.items()},
            "event": _operation(
                "send", [event.__name__ for event in EVENTS.values()] + ["Preview"]
            ),
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def openapi() -> Schema:
    """The plain HTTP side."""
    bodies: list[type[BaseModel]] = [Health, Proof, PairRequest, AllowedPage, Paired, Uploaded]
    schemas = _parts(bodies, "serialization", "#/components/schemas/{model}")
    file = {
        "parameters": [
            {"name": "Range", "in": "header", "schema": {"type": "string"}},
            {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}},
        ],
        "responses": {
            "200": _binary("The file, with ETag."),
            "206": _binary("The part of it that was asked for."),
            "304": {"description": "What the client has is still right."},
            "404": {"description": "There is no such file."},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Multiplane", "version": str(PROTOCOL)},
        "security": [{"token": []}],
        "paths": {
            "/health": {"get": {"security": [], "responses": {"200": _json("Health")}}},
            "/prove": {
                "get": {
                    "security": [],
                    "summary": "The server shows that it knows the token. A client then needs not "
                    'send it: HMAC-SHA-256 with the token over "multiplane client", the port and '
                    "run, each on a line, opens all that the token does, until the server ends.",
                    "parameters": [
                        {
                            "name": "nonce",
                            "in": "query",
                            "required": True,
                            "schema": {"type": "string", "pattern": f"^{NONCE.pattern}$"},
                        }
                    ],
                    "responses": {"200": _json("Proof")},
                }
            },
            "/panel/{path}": {
                "get": {
                    "security": [],
                    "summary": "The panel, for browsers; / leads there.",
                    "responses": {"200": _binary("One of its files.")},
                }
            },
            "/pair": {
                "post": {
                    "security": [],
                    "summary": "The token for a one-time code.",
                    "requestBody": {"content": _json("PairRequest")["content"]},
                    "responses": {"200": _json("Paired"), "403": {"description": "Wrong code."}},
                }
            },
            "/pages": {
                "post": {
                    "summary": "A plugin vouches for the page that it shows.",
                    "requestBody": {"content": _json("AllowedPage")["content"]},
                    "responses": {"204": {"description": "The page may use the server."}},
                }
            },
            "/uploads": {
                "post": {
                    "summary": "Bring a picture to the server.",
                    "requestBody": _binary("The picture's file."),
                    "responses": {
                        "201": _json("Uploaded"),
                        "413": {"description": "It is too large."},
                    },
                }
            },
            "/artifacts/{sha256}": {"get": {**file, "summary": "A file by its content."}},
            "/thumbnails/{result}": {
                "get": {
                    "summary": "A result's picture, small (JPEG), by its content hash.",
                    "responses": {"200": _binary("The picture.")},
                }
            },
            "/layers/{sha256}/{percent}": {
                "get": {
                    "summary": "A layer's picture at 100, 50, 25 or 12 percent of its size (WebP).",
                    "responses": {"200": _binary("The picture, transparent where the layer is.")},
                }
            },
            "/peaks/{sha256}": {
                "get": {
                    "summary": "How loud an uploaded sound is, a byte for each 1/20 s.",
                    "responses": {"200": _binary("The loudness, 0 to 255.")},
                }
            },
            "/jobs/{job}/{path}": {"get": {**file, "summary": "A file of a job's folder."}},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _parts(classes: list[type[Any]], mode: Mode, template: str) -> Schema:
    pairs = [(message, mode) for message in classes]
    _, schema = models_json_schema(pairs, ref_template=template)
    parts: Schema = schema["$defs"]
    return parts


def _envelope(name: str, data: Schema, of: type[Payload]) -> Schema:
    return {
        "type": "object",
        "description": _first_line(of),
        "properties": {
            "type": {"const": name, "type": "string"},
            "id": {"anyOf": [{"type": "string", "maxLength": 64}, {"type": "null"}]},
            "data": data,
        },
        "required": ["type", "id", "data"],
    }


def _request(of: type[Request[Any]]) -> Schema:
    answer = _operation("receive", [of.answer_class().__name__, ErrorNotice.__name__])
    del answer["action"]
    return {**_operation("receive", [of.__name__]), "summary": _first_line(of), "reply": answer}


def _operation(action: str, names: list[str]) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/ws"},
        "messages": [{"$ref": f"#/channels/ws/messages/{name}"} for name in names],
    }


def _json(name: str) -> Schema:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": name, "content": {"application/json": {"schema": schema}}}


def _binary(description: str) -> Schema:
    return {"description": description, "content": {"application/octet-stream": {}}}


def _first_line(of: type[Payload]) -> str:
    return (of.__doc__ or of.__name__).strip().splitlines()[0]
