"""A folder with a BERT sentence encoder as its makers publish it: what its settings say, and what marks a conversion.

Knows the small JSON files of a Hugging Face checkpoint. Imports nothing heavy, so that opening a model that was
converted earlier costs no more than reading them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from secondme.errors import EngineError, ModelDamaged, ModelMissing

Precision = Literal["float32", "int8"]

WEIGHTS = "model.safetensors"

CONVERTER = "2"
"""Raise it when the graph that convert.py writes changes: files of another converter are written anew."""


@dataclass(frozen=True, slots=True)
class Bert:
    """The part of the settings that shapes the graph. `max_tokens` counts special tokens too."""

    layers: int
    heads: int
    hidden: int
    eps: float
    max_tokens: int


def read_bert(folder: Path) -> Bert:
    """Raises ModelMissing, ModelDamaged, and EngineError for anything but a BERT with exact GELU and mean pooling."""
    config = _settings(folder / "config.json")
    for key, known in {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}.items():
        if config.get(key, known) != known:
            raise EngineError(f"{folder} is not an encoder this version can convert: its {key} is {config[key]!r}.")
    pooling = folder / "1_Pooling" / "config.json"
    if pooling.exists() and not _settings(pooling).get("pooling_mode_mean_tokens", True):
        raise EngineError(f"{folder} is not an encoder this version can convert: it does not pool by the mean.")
    try:
        return Bert(
            layers=int(config["num_hidden_layers"]),
            heads=int(config["num_attention_heads"]),
            hidden=int(config["hidden_size"]),
            eps=float(config["layer_norm_eps"]),
            max_tokens=_max_tokens(folder, int(config["max_position_embeddings"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelDamaged(f"{folder / 'config.json'} lacks a usable value: {error}.") from error


def stamp(folder: Path, precision: Precision) -> dict[str, str]:
    """The marks of a conversion made now, from one stat. A file that carries others is stale. Raises ModelMissing."""
    try:
        stat = (folder / WEIGHTS).stat()
    except FileNotFoundError:
        raise ModelMissing(f"There is no {WEIGHTS} in {folder}.") from None
    return {
        "converter": CONVERTER,
        "precision": precision,
        "source_bytes": str(stat.st_size),
        "source_mtime_ns": str(stat.st_mtime_ns),
    }


def _max_tokens(folder: Path, positions: int) -> int:
    """What the model was trained for, where that is said; otherwise what it has positions for."""
    trained = folder / "sentence_bert_config.json"
    length = _settings(trained).get("max_seq_length") if trained.exists() else None
    return min(int(length or positions), positions)


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelMissing(f"There is no {path.name} in {path.parent}.") from None
    except (ValueError, OSError) as error:
        raise ModelDamaged(f"{path} cannot be read: {error}.") from error
    if not isinstance(settings, dict):
        raise ModelDamaged(f"{path} holds no settings.")
    return settings
