"""Small models of random weights, made by the flash benchmark's writer, and layouts without a file."""

from __future__ import annotations

from secondme.engine.tensors import Kind, Layout, Tensor

MB = 1_000_000
Q4_0 = 2


def layout(layers: int = 8, *, attention: int = 3 * MB, ffn: int = 7 * MB, edge: int = 5 * MB, **facts: int) -> Layout:
    """An even dense model with untied embeddings of `edge` bytes, one tensor to each part of a layer."""
    rows: list[Tensor] = []
    at = 0

    def add(name: str, kind: Kind, layer: int, size: int) -> None:
        nonlocal at
        rows.append(Tensor(name, kind, layer, at, size, (64, 64), Q4_0))
        at += size

    add("token_embd.weight", "embedding", -1, edge)
    for i in range(layers):
        add(f"blk.{i}.attn_q.weight", "attention", i, attention)
        add(f"blk.{i}.ffn_up.weight", "ffn", i, ffn)
    add("output.weight", "output", -1, edge)
    return Layout("llama", tuple(rows), layers, 64, 4096, facts.get("kv_bytes", 1000), 1000)
