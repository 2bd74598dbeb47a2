"""One GGUF model in this process, over llama.cpp's C API. Imported in the child process, by serving.py only.

Knows weights, tokens, the KV cache, sampling and pooling. Refuses to know pipes, processes and passages. It uses the
C API and not the binding's high-level class because that class can neither set the two load parameters below, nor
abort a prompt half way, nor leave the KV cache in the caller's hands.

Everything here belongs to one thread, except `cancelled`, which another may turn.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llama_cpp.llama_cpp as c  # 130 ms, 43 MB: this module is never imported where a person waits for a prompt
import numpy as np

from secondme.engine import Message, Sampling
from secondme.engine.cache import Beginning, Cache
from secondme.engine.constrained import Grammar, grammar_text
from secondme.engine.flash import Flash
from secondme.engine.pieces import Text
from secondme.engine.states import States, fingerprint
from secondme.engine.threads import Share
from secondme.errors import EngineError, ModelDamaged

if TYPE_CHECKING:
    from secondme.engine import Vectors

CPU_CHUNK, GPU_CHUNK = 64, 512  # tokens of a prompt at once, at most (cache.py); on a CPU 64 is as fast as 512
# Where weights stream, each chunk is one sweep over the disk. Room for the logits of a few tokens is kept then, where
# those of a whole chunk would take 50 to 150 MB.
FLASH_CHUNK, FLASH_OUTPUTS = 256, 16

_ABORTED = 2  # llama_decode's answer when the abort callback said so
_log: deque[str] = deque(maxlen=20)
_sizes: deque[str] = deque(maxlen=20)  # what llama.cpp says of the buffers that it will compute in


@c.llama_log_callback  # type: ignore[untyped-decorator]  # and a reference that lives as long as the library
def _keep(level: int, text: bytes, _: object) -> None:
    if level in (3, 4):  # ggml.h: warning, error
        _log.append(text.decode("utf-8", "replace").strip())
    elif b"compute buffer size =" in text:
        _sizes.append(text.decode("utf-8", "replace"))


def features() -> tuple[str, bool]:
    """The CPU features and backends compiled in, as llama.cpp prints them, and whether it can use a GPU."""
    return c.llama_print_system_info().decode(), bool(c.llama_supports_gpu_offload())


class Model:
    """The weights of a file, its vocabulary, and one context over them.

    `threads` are for prompt and text alike, so many or what fits from moment to moment; `gpu_layers` -1 means all.
    Raises ModelDamaged for a file that llama.cpp cannot read, EngineError when it is sound and yet cannot be used here.
    """

    def __init__(self, path: Path, *, threads: int | Share, gpu_layers: int, cancelled: Callable[[], bool]) -> None:
        c.llama_log_set(_keep, None)
        _log.clear()
        _sizes.clear()
        c.llama_backend_init()
        self._share = threads if isinstance(threads, Share) else None
        self._threads = threads.threads if isinstance(threads, Share) else threads
        self._on_gpu, self._cancelled = gpu_layers != 0, cancelled
        self._flash: Flash | None = None
        # called between the nodes of the graph, about 500 times a token: 0.3 ms in 20
        self._abort = c.ggml_abort_callback(lambda _: cancelled() or bool(self._flash and self._flash.halted))
        params = c.llama_model_default_params()
        # Extra buffers repack weights into anonymous memory, which undoes mmap, and on virtual machines with AMX they
        # end in a general protection fault at the first prompt (llama.cpp#20824).
        _set(params, n_gpu_layers=gpu_layers, load_mode=c.LLAMA_LOAD_MODE_MMAP, use_extra_bufts=False)
        self._model = c.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise _load_error(path)
        self._vocab = c.llama_model_get_vocab(self._model)
        self.trained = int(c.llama_model_n_ctx_train(self._model))
        self.context = 0

    def close(self) -> None:
        """Nothing can be asked afterwards. The process ends next and takes everything with it."""

    def _open(self, context: int, batch: int, **settings: Any) -> Any:
        params = c.llama_context_default_params()
        common = {"n_ctx": context, "n_batch": batch, "n_ubatch": batch, "abort_callback": self._abort, "no_perf": True}
        _set(params, **common, n_threads=self._threads, n_threads_batch=self._threads, **settings)
        opened = c.llama_init_from_model(self._model, params)
        if not opened:
            hint = "Choose a smaller context or a smaller model, or close other programs."
            raise EngineError(f"A context of {context} tokens does not fit in memory{_last_words()}.", hint)
        self.context = context
        return opened

    def tokens(self, text: str, *, special: bool = False, start: bool = False) -> list[int]:
        """Token ids of `text`. `special` reads control tokens such as <|im_end|> in it; `start` adds BOS, CLS, SEP."""
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        buffer = (c.llama_token * size)()
        n = c.llama_tokenize(self._vocab, data, len(data), buffer, size, start, special)
        if n < 0:
            buffer = (c.llama_token * -n)()
            n = c.llama_tokenize(self._vocab, data, len(data), buffer, -n, start, special)
        return list(buffer[:n])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for, perhaps not whole characters; empty for control tokens."""
        size = 128
        buffer = c.ctypes.create_string_buffer(size)
        n = c.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
        if n < 0:
            buffer = c.ctypes.create_string_buffer(-n)
            n = c.llama_token_to_piece(self._vocab, token, buffer, -n, 0, False)
        return bytes(buffer.raw[:n])

    def _decode(self, context: Any, tokens: Sequence[int]) -> bool:
        """Appends tokens to sequence 0. False when cancelled; what was evaluated by then stays in the cache."""
        if self._cancelled():
            return False
        if self._share and (threads := self._share.choose()) != self._threads:
            self._threads = threads
            c.llama_set_n_threads(context, threads, threads)
        ids = (c.llama_token * len(tokens))(*tokens)  # the batch points into it
        status = c.llama_decode(context, c.llama_batch_get_one(ids, len(tokens)))
        if self._flash:
            self._flash.check()
        if status not in (0, _ABORTED):
            raise EngineError(f"llama.cpp could not evaluate the text (status {status}){_last_words()}.")
        return bool(status == 0)


class Writer(Model):
    """A model that writes. `context` tokens (at most what it was trained on) hold the prompt and the reply.

    `memory`: bytes that this process may take in all, 0 for what it needs; weights beyond them stream from disk.
    `states`: a folder for what is made of the beginnings of prompts, and the bytes that it may take.
    """

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        threads: int | Share,
        gpu_layers: int,
        cancelled: Callable[[], bool],
        memory: int = 0,
        states: tuple[Path, int] | None = None,
    ):
        super().__init__(path, threads=threads, gpu_layers=gpu_layers, cancelled=cancelled)
        self._chunk = GPU_CHUNK if self._on_gpu else CPU_CHUNK
        settings: dict[str, Any] = {}
        if memory and not self._on_gpu:
            self._flash = Flash(path, memory, cancelled)
            settings |= {"cb_eval": self._flash.callback, "n_outputs_max": FLASH_OUTPUTS}
            self._chunk = FLASH_CHUNK if self._flash.tight else self._chunk
        elif not self._on_gpu:
            # It divides the attention of a single token among the threads, and the bits of its sum depend on how many
            # there are. Without it a greedy text does not depend on what else the machine does; it costs 0 to 15 %.
            settings |= {"flash_attn_type": c.LLAMA_FLASH_ATTN_TYPE_DISABLED}
        self._ctx = self._open(min(context, self.trained), self._chunk, **settings)
        self._memory = c.llama_get_memory(self._ctx)
        if self._flash:
            self._flash.begin(_buffers(), self._look)
        kept = self._states(path, gpu_layers, *states) if states else None
        self._cache = Cache(self._ctx, self._chunk, lambda piece: self._decode(self._ctx, piece), kept)
        self.prompt_tokens = self.new_tokens = 0

    def _states(self, path: Path, gpu_layers: int, folder: Path, limit: int) -> States:
        """Those of this file, as it is used here and by this build of llama.cpp."""
        settings = {
            "build": [c.LLAMA_STATE_SEQ_VERSION, c.llama_print_system_info().decode()],
            "context": [self.context, self._chunk, gpu_layers],
            "attention": bool(self._flash),
        }
        return States(folder, fingerprint(path, settings), limit)

    @property
    def evaluated(self) -> int:
        """Tokens of the last prompt that had to be read."""
        return self._cache.evaluated

    @property
    def loaded(self) -> int:
        """Tokens of the last prompt that had been read by another process, and came from disk."""
        return self._cache.loaded

    def close(self) -> None:
        """Writes down what is worth keeping."""
        self._cache.close()

    @property
    def streamed(self) -> int:
        """Bytes of weights that each sweep over them reads from disk."""
        return self._flash.streamed if self._flash else 0

    @property
    def note(self) -> str:
        """What this system cannot do of what was asked of it, in one sentence."""
        return self._flash.note if self._flash else ""

    def _look(self) -> None:
        """One evaluation that is broken off before it begins."""
        token = c.llama_token(0)
        c.llama_decode(self._ctx, c.llama_batch_get_one(c.ctypes.pointer(token), 1))
        c.llama_memory_clear(self._memory, True)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The conversation in the model's own chat template, ready for the reply.

        Control tokens are read in the template alone: a note that contains <|im_end|> stays text and cannot end
        its message, or begin one in another's name.
        """
        return self._laid_out(messages)[0]

    def _laid_out(self, messages: Sequence[Message]) -> tuple[list[int], list[int]]:
        """The tokens of the prompt, and where in them each message ends."""
        rendered = self._rendered([message["role"] for message in messages])
        ids, ends = list[int](), list[int]()
        for i, part in enumerate(_MARK.split(rendered)):  # template, number, template, number, ... template
            if i % 2:
                ids += self.tokens(messages[int(part)]["content"].strip())
                ends.append(len(ids))
            elif part or not i:
                ids += self.tokens(part, special=True, start=not i)
        return ids, ends

    def _rendered(self, roles: Sequence[str]) -> str:
        """The template around one mark per message, each mark once."""
        own = c.llama_model_chat_template(self._model, None)
        # llama.cpp knows templates by sight and runs no Jinja; an unknown one becomes the commonest, or plain words
        plain = b"chatml" if len(self.tokens("<|im_start|>", special=True)) == 1 else b"vicuna"
        for template in filter(None, (own, plain, b"chatml")):
            text = _apply(template, roles)
            if sorted(_MARK.findall(text), key=int) == [str(i) for i in range(len(roles))]:
                return text
        raise EngineError("The model's chat template leaves out a message.", "Choose another model.")

    def write(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """Pieces of the reply, each whole characters. Ends at an end token, a stop string, a limit or a cancel."""
        self.new_tokens = 0
        ids, ends = self._laid_out(messages)
        self.prompt_tokens, room = len(ids), self.context - len(ids)
        if room < 1:
            message = f"The prompt has {len(ids):,} tokens and the model's context holds {self.context:,}."
            raise EngineError(message, "Give it less to read (-k), or choose a model with a larger context.")
        text = grammar_text(sampling)
        grammar = Grammar(self._vocab, text) if text else None
        sampler = _sampler(sampling)
        try:
            if self._cache.read(ids, beginning(messages, ends)):
                choose = self._chooser(sampler, grammar, sampling)
                yield from self._reply(choose, min(sampling.max_tokens, room), Text(sampling.stop))
        finally:
            c.llama_sampler_free(sampler)
            if grammar:
                grammar.close()

    def read(self, messages: Sequence[Message]) -> None:
        """Reads the beginning of a conversation ahead of its use: what follows `messages` begins sooner then."""
        ids, ends = self._laid_out(messages)
        if len(ids) < self.context:
            self._cache.read(ids[: ends[-1]], beginning(messages, ends), ahead=True)

    def _chooser(self, sampler: Any, grammar: Grammar | None, sampling: Sampling) -> Callable[[], int]:
        """Takes the next token, -1 for an end."""

        def choose() -> int:
            if grammar:
                token = grammar.choose(self._ctx, sampler, greedy=sampling.temperature <= 0)
            else:
                token = int(c.llama_sampler_sample(sampler, self._ctx, -1))
            if c.llama_vocab_is_eog(self._vocab, token):
                return -1
            if grammar:
                grammar.accept(token)
            return token

        return choose

    def _reply(self, choose: Callable[[], int], limit: int, text: Text) -> Iterator[str]:
        for n in range(1, limit + 1):
            token = choose()
            if token < 0:
                break
            self.new_tokens = n
            if fresh := text.add(self.piece(token)):
                yield fresh
            if text.stopped or (n < limit and not self._decode(self._ctx, [token])):
                return
        if rest := text.rest():
            yield rest


class Encoder(Model):
    """A model that embeds, pooled as its file says (mean where it says nothing). Texts go one at a time."""

    def __init__(self, path: Path, *, context: int, threads: int, gpu_layers: int, cancelled: Callable[[], bool]):
        super().__init__(path, threads=threads, gpu_layers=gpu_layers, cancelled=cancelled)
        size = min(context, self.trained)
        # attention that looks both ways wants the whole text in one batch
        self._ctx = self._open(size, size, embeddings=True)
        if c.llama_pooling_type(self._ctx) == c.LLAMA_POOLING_TYPE_NONE:
            c.llama_free(self._ctx)
            self._ctx = self._open(size, size, embeddings=True, pooling_type=c.LLAMA_POOLING_TYPE_MEAN)
        self._memory = c.llama_get_memory(self._ctx)  # None in models that only encode
        self.dimension = int(c.llama_model_n_embd_out(self._model))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32 of shape (len(texts), dimension), rows of length 1. A text beyond `context` tokens is cut."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            ids = self.tokens(text, start=True) or self.tokens(" ")
            if len(ids) > self.context:
                ids = [*ids[: self.context - 1], ids[-1]]  # the last may be the separator that pooling relies on
            if self._memory:
                c.llama_memory_clear(self._memory, True)
            if not self._decode(self._ctx, ids):
                break
            vector = np.ctypeslib.as_array(c.llama_get_embeddings_seq(self._ctx, 0), (self.dimension,))
            row[:] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return rows


_MARK = re.compile("\ue000([0-9]+)\ue001")  # private-use characters: in no template


def _apply(template: bytes, roles: Sequence[str]) -> str:
    """The text of a chat template around marks, or "" when llama.cpp does not know the template."""
    marks = [f"\ue000{i}\ue001".encode() for i in range(len(roles))]
    chat = (c.llama_chat_message * len(roles))(*((r.encode(), m) for r, m in zip(roles, marks, strict=True)))
    size = 1024 + 256 * len(roles)
    buffer = c.ctypes.create_string_buffer(size)
    n = c.llama_chat_apply_template(template, chat, len(roles), True, buffer, size)
    return buffer.raw[:n].decode() if 0 < n <= size else ""


def _sampler(sampling: Sampling) -> Any:
    chain = c.llama_sampler_chain_init(c.llama_sampler_chain_default_params())
    if sampling.temperature <= 0:
        c.llama_sampler_chain_add(chain, c.llama_sampler_init_greedy())
        return chain
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_top_p(sampling.top_p, 1))
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_temp(sampling.temperature))
    c.llama_sampler_chain_add(chain, c.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF))
    return chain


def beginning(messages: Sequence[Message], ends: Sequence[int]) -> Beginning:
    """What of a prompt may be kept: the messages that say what they hold, up to the first that does not."""
    first = list(itertools.takewhile(lambda message: "holds" in message, messages))
    passages = frozenset(id_ for message in first for id_ in message["holds"])
    return Beginning(tuple(ends[: len(first)]), passages, any(m["role"] == "assistant" for m in first))


def _set(params: Any, **values: Any) -> None:
    """Sets fields of a C struct. ctypes would take a name that this version does not have, and do nothing."""
    for name, value in values.items():
        if not hasattr(params, name):
            hint = "Run `./install.sh` again: it installs the version that this one was written for."
            raise EngineError(f"This version of llama-cpp-python has no setting named {name}.", hint)
        setattr(params, name, value)


def _buffers() -> int:
    """Bytes of the last context's buffers to compute in: asked for when it opens, and taken when they are used."""
    return sum(int(float(size) * 2**20) for line in _sizes for size in re.findall(r"size = +([\d.]+) MiB", line))


def _load_error(path: Path) -> EngineError:
    said = " ".join(_log)
    if "unknown model architecture" in said:
        hint = "Update secondme (./install.sh), or choose another model: `secondme models list`."
        return EngineError(f"This llama.cpp does not know the kind of model in {path.name}.", hint)
    if re.search(r"alloc|out of memory", said):
        hint = "Close other programs, or choose a smaller model: `secondme models list`."
        return EngineError(f"There is not enough memory for {path.name}.", hint)
    return ModelDamaged(f"{path.name} is cut short or damaged{_last_words()}.")


def _last_words() -> str:
    """llama.cpp's last complaint that is not a consequence of another, for the end of a sentence."""
    causes = [line for line in _log if not re.search(r"failed to load model|error loading model$", line)] or list(_log)
    return f" (llama.cpp: {causes[-1]})" if causes else ""
