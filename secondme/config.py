"""Where things live and the few settings there are. The only reader of the environment and of config.toml.

With SECONDME_HOME set, everything is inside that folder; otherwise the platform's own places are used:

    config.toml   settings                         (user config folder)
    models/       weights, shared by all profiles  (user data folder)
    profiles/NAME/
      ledger.db   the truth                        (user data folder)
      chroma/     vectors, rebuilt from the ledger
      states/     what models have read, disposable
      questions.jsonl, trials.jsonl   sealed questions and their runs: ids and numbers
      home.lock   who is writing

Secrets (the key of a named endpoint) are in the system's keyring or in SECONDME_API_KEY, never in config.toml.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import tzinfo
from pathlib import Path

from secondme.errors import BadSetting, DiskFull, NoHome, UsageError

DEFAULT_PROFILE = "default"
PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
KEYRING_SERVICE = "secondme"
STATES = "states"


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one profile. Nothing is created until `ensure` is called."""

    config_dir: Path
    data_dir: Path
    profile: str = DEFAULT_PROFILE

    @property
    def config_file(self) -> Path:
        return self.config_dir / "config.toml"

    @property
    def models(self) -> Path:
        return self.data_dir / "models"

    @property
    def memories(self) -> Path:
        return self.data_dir / "profiles" / self.profile

    @property
    def ledger(self) -> Path:
        return self.memories / "ledger.db"

    @property
    def chroma(self) -> Path:
        return self.memories / "chroma"

    @property
    def states(self) -> Path:
        return self.memories / STATES

    def ensure(self) -> None:
        """Create the profile's folder, readable by its owner alone. Raises NoHome or DiskFull."""
        try:
            self.memories.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.memories.chmod(0o700)
            for folder in (self.data_dir / "profiles", self.models):
                # a watched folder may hold this one: what we write ourselves is not to be read into memory
                note = folder / ".secondmeignore"
                if folder.is_dir() and not note.exists():
                    note.write_text("# secondme's own files\n*\n", encoding="utf-8")
        except OSError as error:
            raise _no_folder(self.memories, error) from error


def locate(profile: str | None = None, environ: Mapping[str, str] | None = None) -> Home:
    """Find the home for `profile` (default: SECONDME_PROFILE, then "default"). Touches no disk.

    Raises UsageError for a name that can't be a folder, NoHome when the system knows no home folder.
    """
    environ = os.environ if environ is None else environ
    name = profile or environ.get("SECONDME_PROFILE") or DEFAULT_PROFILE
    if not PROFILE_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a profile's name.",
            "Use letters, digits, '.', '_' and '-', beginning with one of the first two.",
        )
    try:
        config_dir, data_dir = _folders(environ)
    except RuntimeError as error:  # no HOME, and no such person in the system's list
        raise NoHome("This system names no home folder to keep memories in.") from error
    if not config_dir.is_absolute() or not data_dir.is_absolute():
        raise NoHome("This system names no home folder to keep memories in.")
    return Home(config_dir, data_dir, name)


def _folders(environ: Mapping[str, str]) -> tuple[Path, Path]:
    if root := environ.get("SECONDME_HOME"):
        folder = Path(root).expanduser().absolute()
        return folder, folder
    import platformdirs

    places = platformdirs.PlatformDirs("secondme", appauthor=False)
    return Path(places.user_config_dir), Path(places.user_data_dir)


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting. `help` in the metadata is what `secondme config` shows."""

    model: str = field(default="smollm2-135m", metadata={"help": "the model that writes answers"})
    embedder: str = field(default="minilm-l6", metadata={"help": "the model that makes vectors"})
    precision: str = field(
        default="int8", metadata={"help": "of the vectors' model: int8 or float32", "choices": ("int8", "float32")}
    )
    threads: int = field(default=0, metadata={"help": "CPU threads for models, 0 for one per core"})
    memory_mb: int = field(
        default=0,
        metadata={"help": "MB of memory that the model for answers may take, 0 for what is free; beyond, disk"},
    )
    gpu_layers: int = field(default=0, metadata={"help": "model layers on the GPU, -1 for all", "least": -1})
    context: int = field(default=4096, metadata={"help": "tokens a prompt and its answer share", "least": 256})
    states_mb: int = field(
        default=512, metadata={"help": "MB of disk for what models have read and need not read again, 0 for none"}
    )
    timezone: str = field(
        default="", metadata={"help": "of times that name none, such as Europe/Brussels; empty: the system's"}
    )
    answers_log: str = field(
        default="on",
        metadata={"help": "whether `why` can look at the last 1,000 answers: on or off", "choices": ("on", "off")},
    )
    engine_url: str = field(
        default="", metadata={"help": "OpenAI-compatible endpoint for answers; memory text is sent there"}
    )
    engine_model: str = field(default="", metadata={"help": "the model's name at engine_url"})
    embed_url: str = field(
        default="", metadata={"help": "OpenAI-compatible endpoint for vectors; memory text is sent there"}
    )
    embed_model: str = field(default="", metadata={"help": "the model's name at embed_url"})


def settings() -> dict[str, str]:
    """Each key with one line on what it does."""
    return {f.name: str(f.metadata["help"]) for f in fields(Config)}


def load(home: Home) -> Config:
    """Read config.toml; absent means defaults. Raises BadSetting naming the file."""
    try:
        stored = tomllib.loads(home.config_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unparsable(home.config_file, error) from error
    try:
        return Config(**{key: _checked(key, value) for key, value in stored.items()})  # type: ignore[arg-type]
    except BadSetting as error:
        raise BadSetting(f"{error.message.rstrip('.')} (in {home.config_file}).", error.hint) from error


def save(home: Home, key: str, value: str) -> Config:
    """Set one key (an empty value restores the default), keeping the file's comments. Returns the new settings."""
    import tomlkit
    import tomlkit.exceptions

    checked = _checked(key, value) if value else None
    try:
        text = home.config_file.read_text(encoding="utf-8") if home.config_file.exists() else ""
        document = tomlkit.parse(text)
        if checked is None:
            document.pop(key, None)
        else:
            document[key] = checked
        home.config_dir.mkdir(parents=True, exist_ok=True)
        fresh = home.config_file.with_suffix(".new")
        fresh.write_text(tomlkit.dumps(document), encoding="utf-8")
        fresh.replace(home.config_file)
    except (UnicodeDecodeError, tomlkit.exceptions.ParseError) as error:
        raise _unparsable(home.config_file, error) from error
    except OSError as error:
        raise _no_folder(home.config_file, error) from error
    return load(home)


def shareable(config: Config) -> str:
    """The settings that are not the default, as a config.toml for another machine: without comments, and without what
    an address may carry of names, passwords and keys."""
    import tomlkit

    kept = {}
    for setting in fields(Config):
        value = getattr(config, setting.name)
        if value != setting.default:
            kept[setting.name] = _without_secrets(value) if setting.name.endswith("_url") else value
    return tomlkit.dumps({key: value for key, value in kept.items() if value != ""})


def adopt(home: Home, text: str) -> bool:
    """Take over the settings of another machine. False if there are some, or if they cannot be used here."""
    if home.config_file.exists():
        return False
    try:
        stored = {key: _checked(key, value) for key, value in tomllib.loads(text).items()}
        for key, value in stored.items():
            save(home, key, str(value))
    except (tomllib.TOMLDecodeError, BadSetting):
        return False
    return bool(stored)


def _without_secrets(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def api_key(environ: Mapping[str, str] | None = None) -> str | None:
    """The named endpoint's key: SECONDME_API_KEY, else the system's keyring, else None."""
    environ = os.environ if environ is None else environ
    if key := environ.get("SECONDME_API_KEY"):
        return key
    import keyring  # 60 ms, and only needed for an endpoint
    import keyring.errors

    try:
        return keyring.get_password(KEYRING_SERVICE, "api_key")
    except keyring.errors.KeyringError:
        return None


def store_api_key(key: str) -> None:
    """Keep the endpoint's key in the system's keyring; an empty one removes it."""
    import keyring
    import keyring.errors

    try:
        if key:
            keyring.set_password(KEYRING_SERVICE, "api_key", key)
        elif keyring.get_password(KEYRING_SERVICE, "api_key"):
            keyring.delete_password(KEYRING_SERVICE, "api_key")
    except keyring.errors.KeyringError as error:
        raise BadSetting(
            "This machine has no keyring to keep the key in.", "Set SECONDME_API_KEY in the environment instead."
        ) from error


def zone(name: str) -> tzinfo | None:
    """The zone of that name; None for one that is not known."""
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _checked(key: str, value: object) -> object:
    known = {f.name: f for f in fields(Config)}
    if key not in known:
        raise BadSetting(f"There is no setting {key!r}.")
    setting = known[key]
    if isinstance(setting.default, int):
        try:
            number = int(str(value))
        except ValueError:
            raise BadSetting(f"{key} must be a whole number, not {value!r}.") from None
        least = int(setting.metadata.get("least", 0))
        if number < least:
            raise BadSetting(f"{key} must be {least} or more, not {number}.")
        return number
    if key == "timezone" and value and zone(str(value)) is None:
        raise BadSetting(f"{value!r} is no time zone.", "Use a name such as Europe/Brussels or America/New_York.")
    choices = setting.metadata.get("choices")
    if choices and value not in choices:
        raise BadSetting(f"{key} must be one of {', '.join(choices)}, not {value!r}.")
    if key.endswith("_url") and value and not str(value).startswith(("http://", "https://")):
        raise BadSetting(f"{key} must begin with http:// or https://, not {value!r}.")
    return str(value)


def _unparsable(path: Path, error: Exception) -> BadSetting:
    return BadSetting(f"{path} cannot be read: {error}.", "Mend the line it names, or delete the file.")


def _no_folder(path: Path, error: OSError) -> DiskFull | NoHome:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"The disk is full: {path} cannot be written.")
    return NoHome(f"{path} cannot be written: {error.strerror or error}.")
