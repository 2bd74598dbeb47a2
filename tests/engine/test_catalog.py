"""The catalogue: complete, consistent, honest about what it does not know, and cheap to import."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from secondme.engine import catalog
from secondme.engine.catalog import MODELS, Hub, Model, Wheel
from secondme.errors import ModelMissing

GB = 10**9


def ids(models: tuple[Model, ...]) -> list[str]:
    return [model.id for model in models]


def test_ids_are_unique_and_can_be_folders() -> None:
    assert len(set(ids(MODELS))) == len(MODELS)
    for model in MODELS:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", model.id)


@pytest.mark.parametrize("model", MODELS, ids=ids(MODELS))
def test_every_file_is_pinned_and_has_a_place(model: Model) -> None:
    assert model.pinned
    assert model.bytes
    for file in model.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256 or "")
        assert file.places
        assert not file.name.startswith("/")
        assert ".." not in file.name
    assert model.weights.endswith((".gguf", ".safetensors"))


@pytest.mark.parametrize("model", MODELS, ids=ids(MODELS))
def test_a_hub_place_names_a_commit_not_a_branch(model: Model) -> None:
    for file in model.files:
        for place in file.places:
            if isinstance(place, Hub):
                assert re.fullmatch("[0-9a-f]{40}", place.revision)
                assert place.url("https://mirror.example/").startswith(f"https://mirror.example/{place.repo}/resolve/")


@pytest.mark.parametrize("model", MODELS, ids=ids(MODELS))
def test_memory_needed_is_more_than_the_file_and_fits_where_it_is_recommended(model: Model) -> None:
    if model.ram is None:
        return
    assert model.bytes is not None
    assert model.ram > model.bytes
    if isinstance(model.good_for, int):
        assert model.ram < 0.7 * model.good_for * GB


def test_embedders_say_their_dimension_and_generators_have_none() -> None:
    assert {model.role == "embedder" for model in MODELS if model.dimension} == {True}
    assert all(model.dimension for model in MODELS if model.role == "embedder")


def test_the_starters_come_from_the_package_index_and_are_not_trusted_to_write() -> None:
    assert ids(catalog.starters()) == ["smollm2-135m", "minilm-l6"]
    for model in catalog.starters():
        assert not model.trusted_text
        assert all(isinstance(file.places[0], Wheel) for file in model.files)


def test_licences_are_permissive() -> None:
    assert {model.licence for model in MODELS} <= {"Apache-2.0", "MIT"}


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (2 * GB, "smollm2-135m"),
        (4 * GB, "smollm2-1.7b"),
        (7.6 * GB, "qwen3-4b-2507"),
        (16.4 * GB, "qwen3-8b"),
        (25 * GB, "qwen3-14b"),
        (33 * GB, "qwen3-30b-a3b-2507"),
        (512 * GB, "qwen3-30b-a3b-2507"),
    ],
)
def test_suggests_the_largest_model_that_leaves_room(memory: float, expected: str) -> None:
    assert catalog.suggest(int(memory)).id == expected


def test_suggests_a_larger_embedder_too() -> None:
    assert catalog.suggest(2 * GB, "embedder").id == "minilm-l6"
    assert catalog.suggest(16 * GB, "embedder").id == "qwen3-embedding-0.6b"


def test_an_unknown_model_is_refused_with_the_nearest_names() -> None:
    assert catalog.find("minilm-l6").dimension == 384
    with pytest.raises(ModelMissing, match=r"did you mean .*qwen3-8b") as missing:
        catalog.find("qwen-8b")
    assert "models list" in missing.value.hint
    with pytest.raises(ModelMissing, match="'zzz'"):
        catalog.find("zzz")


def test_a_model_with_a_length_or_hash_missing_says_so_rather_than_guessing() -> None:
    model = catalog.find("minilm-l6")
    vague = replace(model, files=(replace(model.files[0], bytes=None, sha256=None), *model.files[1:]))
    assert vague.bytes is None
    assert not vague.pinned


def test_importing_the_catalogue_loads_the_standard_library_only() -> None:
    code = "import sys, secondme.engine.catalog; print([m for m in ('numpy', 'httpx', 'filelock') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
