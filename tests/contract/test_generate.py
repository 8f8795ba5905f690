"""`shared_schema/` is what the contract says, and says what the contract accepts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from multiplane.contract import generate
from multiplane.contract.typescript import declarations

SHARED = Path(__file__).parents[2] / "shared_schema"


def test_files_are_generated_from_this_contract() -> None:
    assert generate.differing(SHARED) == [], "run: python -m multiplane.contract.generate"


def test_drift_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["generate", *arguments])
        return generate.main()

    folder = tmp_path / "shared"
    assert run(str(folder), "--check") == 1
    assert run(str(folder)) == 0
    assert run(str(folder), "--check") == 0
    (folder / "manifest.schema.json").write_text("{}")
    (folder / "old.schema.json").write_text("{}")
    assert run(str(folder), "--check") == 1
    assert "manifest.schema.json" in capsys.readouterr().err
    assert generate.differing(folder) == ["manifest.schema.json", "old.schema.json"]


def test_storyboards_may_leave_defaults_out_and_manifests_have_every_field() -> None:
    schemas = generate.schemas()
    assert schemas["storyboard"]["required"] == ["shots"]
    manifest = schemas["manifest"]
    assert set(manifest["required"]) == set(manifest["properties"])
    assert manifest["$defs"]["LayerEntry"]["additionalProperties"] is True


def test_shorthands_are_in_the_schema_and_the_types() -> None:
    types = generate.files()["multiplane.d.ts"]
    assert "subjects?: Array<string | Subject>;" in types
    assert "camera?: string | CameraMove;" in types
    assert "size?: [number, number];" in types
    assert 'kind: "background" | "character" | "prop";' in types
    assert "keyframes: Record<string, Array<Keyframe>>;" in types
    assert types.count("export interface ErrorEntry ") == 1


def test_two_meanings_of_one_name_are_refused() -> None:
    one = {"title": "A", "type": "object", "properties": {"x": {"type": "string"}}}
    other = {"title": "A", "type": "object", "properties": {"x": {"type": "number"}}}
    with pytest.raises(ValueError, match="called A"):
        declarations({"one": one, "other": other}, note="")
