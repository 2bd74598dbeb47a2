"""Config into engines: which model, endpoint or fake serves a home. Used by Me, and by nothing below it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from secondme.config import Config, api_key
from secondme.errors import BadSetting, ModelMissing

if TYPE_CHECKING:
    from secondme.engine import Embedder, Generator
    from secondme.engine.catalog import Model
    from secondme.engine.onnx import OnnxEmbedder
    from secondme.engine.partial import Tell

FAKE = "fake"  # the id of the deterministic engine for tests


def embedder(config: Config, models: Path) -> Embedder:
    """What makes vectors. Raises BadSetting, or ModelMissing for a model that is not in the folder `models`."""
    if config.embedder == FAKE:
        from secondme.engine.fake import FakeEmbedder

        return FakeEmbedder()
    if config.embed_url:
        from secondme.engine.remote import RemoteEmbedder

        return RemoteEmbedder(config.embed_url, _needed(config.embed_model, "embed_model"), api_key())
    model = _installed(config.embedder, "embedder", models)
    if model.weights.endswith(".gguf"):
        from secondme.engine import fetch
        from secondme.engine.worker import LlamaEmbedder

        path = fetch.weights(models, model)
        prefixes = (model.query_prefix, model.passage_prefix)
        threads = config.threads or None
        return LlamaEmbedder(path, name=model.id, threads=threads, gpu_layers=config.gpu_layers, prefixes=prefixes)
    return _onnx(model, config, models)


def prepare(model: Model, config: Config, models: Path, tell: Tell = lambda done, total: None) -> None:
    """Make what an installed embedder needs on this machine, so that no search waits for it.

    Nothing of it is made twice; `tell` hears only of what takes long. Raises DiskFull, EngineError, Busy.
    """
    if model.role == "embedder" and not model.weights.endswith(".gguf"):
        with contextlib.closing(_onnx(model, config, models)) as opened:
            opened.lexicon(tell)


def _onnx(model: Model, config: Config, models: Path) -> OnnxEmbedder:
    from secondme.engine.onnx import OnnxEmbedder

    precision: Literal["int8", "float32"] = "int8" if config.precision == "int8" else "float32"
    threads = config.threads or None
    return OnnxEmbedder(models / model.id, name=f"{model.id}/{precision}", precision=precision, threads=threads)


def generator(config: Config, models: Path, states: Path | None = None) -> Generator:
    """What writes. Raises BadSetting, or ModelMissing for a model that is not in the folder `models`.

    `states`: a folder for what a model on this machine has read; None where that may not be kept on disk.
    """
    if config.model == FAKE:
        from secondme.engine.fake import FakeGenerator

        return FakeGenerator()
    if config.engine_url:
        from secondme.engine.remote import RemoteGenerator

        name = _needed(config.engine_model, "engine_model")
        return RemoteGenerator(config.engine_url, name, api_key(), config.context)
    from secondme.engine import fetch
    from secondme.engine.states import clear
    from secondme.engine.worker import LlamaWorker

    if states and not config.states_mb:
        clear(states)
    model = _installed(config.model, "generator", models)
    weights = fetch.weights(models, model)
    return LlamaWorker(
        weights,
        name=model.id,
        context=min(config.context, model.context or config.context),
        threads=config.threads or None,
        gpu_layers=config.gpu_layers,
        memory=_memory(config, weights),
        states=(states, config.states_mb * 1_000_000) if states else None,
    )


def _memory(config: Config, weights: Path) -> int:
    """Bytes that the model's process may take: what its owner says, else what is free where it needs more than that."""
    if config.memory_mb:
        return config.memory_mb * 1_000_000
    from secondme.engine.machine import allowed, room

    memory, free, _ = room()
    most = allowed(memory, free)
    return most if weights.stat().st_size > most else 0


def trusted(config: Config, models: Path) -> bool:
    """Whether the model's own sentences may be tried, rather than quotes only."""
    if config.model == FAKE or config.engine_url:
        return config.model != FAKE
    from secondme.engine import fetch

    return fetch.find(models, config.model).trusted_text


def thinks(config: Config, models: Path) -> bool:
    """Whether the model thinks aloud before it answers, unless it is asked not to."""
    if config.model == FAKE or config.engine_url:
        return False
    from secondme.engine import fetch

    return fetch.find(models, config.model).thinks


def _installed(id_: str, role: str, models: Path) -> Model:
    from secondme.engine import fetch

    model = fetch.find(models, id_)
    if model.role != role:
        raise BadSetting(f"{id_} is no {role}.", f"`secondme models list` shows every {role}.")
    if fetch.installed(models, model) is None:
        raise ModelMissing(f"The model {id_} is not on this machine.", f"Fetch it with `secondme models pull {id_}`.")
    return model


def _needed(value: str, key: str) -> str:
    if not value:
        raise BadSetting(f"{key} is not set.", f"Name the endpoint's model: `secondme config {key} NAME`.")
    return value
