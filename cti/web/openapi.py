"""The API's description, written from the operations themselves.

Must not know any single route.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from cti.web.operations import Access, Answer, Body, Operation

REF = "#/components/schemas/{model}"


class ChangedField(Answer):
    """A field that somebody else changed meanwhile."""

    field: str
    before: Any
    after: Any


class ErrorSentence(Answer):
    """A stable code, and a sentence for the person reading, in their language.

    `field` where one is at fault. With the code `stale`: `by` whom, `at` when (UTC), and the `changes`.
    """

    code: str
    message: str
    field: str | None = None
    by: str | None = None
    at: str | None = None
    changes: list[ChangedField] | None = None


class ErrorAnswer(Answer):
    """What every refusal looks like."""

    error: ErrorSentence


def describe(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """OpenAPI 3.1 for these operations."""
    every = list(operations)
    bodies = {one.body for one in every if one.body is not None}
    _, schemas = models_json_schema(
        [(body, "validation") for body in sorted(bodies, key=lambda one: one.__name__)]
        + [(ErrorAnswer, "serialization")],
        ref_template=REF,
    )
    components: dict[str, Any] = dict(schemas.get("$defs", {}))
    paths: dict[str, dict[str, Any]] = {}
    for one in every:
        paths.setdefault(f"/api/v1{one.path}", {})[one.method.lower()] = _operation(one, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ringward", "version": version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "rw_session"},
            },
        },
    }


def _operation(one: Operation, components: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": one.summary,
        "parameters": [*_path_parameters(one.path), *_query_parameters(one.query)],
        "responses": {str(one.status): _answer(one, components), "default": _refusal()},
    }
    if one.access is not Access.PUBLIC:
        described["security"] = [{"bearer": []}, {"cookie": []}]
        described["x-role"] = one.access.name.lower()
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": _json({"$ref": REF.format(model=one.body.__name__)})}
    return described


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)", path)
    ]


def _query_parameters(query: type[Body] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema = query.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _answer(one: Operation, components: dict[str, Any]) -> dict[str, Any]:
    if one.answer is None:
        return {"description": "done"}
    schema = TypeAdapter(one.answer).json_schema(ref_template=REF, mode="serialization")
    components.update(schema.pop("$defs", {}))
    return {"description": "done", "content": _json(schema)}


def _refusal() -> dict[str, Any]:
    return {"description": "refused", "content": _json({"$ref": REF.format(model="ErrorAnswer")})}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
