from __future__ import annotations

import os
from pathlib import Path

import pytest

from secondme import config
from secondme.config import Config, Home
from secondme.errors import BadSetting, NoHome, UsageError


@pytest.fixture
def bare(tmp_path: Path) -> Home:
    """A home without a config.toml."""
    return Home(tmp_path / "config", tmp_path / "data")


def test_secondme_home_holds_everything(tmp_path: Path) -> None:
    home = config.locate(environ={"SECONDME_HOME": str(tmp_path)})
    for path in (home.config_file, home.models, home.ledger, home.chroma):
        assert path.is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []  # locating touches no disk


def test_profiles_share_models_and_keep_memories_apart(tmp_path: Path) -> None:
    environ = {"SECONDME_HOME": str(tmp_path), "SECONDME_PROFILE": "work"}
    work, private = config.locate(environ=environ), config.locate("private", environ)
    assert work.models == private.models
    assert work.memories != private.memories
    assert work.memories.name == "work"


@pytest.mark.parametrize("name", ["../other", "a/b", ".hidden", "x" * 65, "new\nline", "a b"])
def test_a_profile_s_name_is_a_folder_s_name(name: str) -> None:
    with pytest.raises(UsageError):
        config.locate(name, {})


def test_without_a_home_folder_there_is_nowhere_to_keep_memories(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def unknown(uid: int) -> object:
        raise KeyError(uid)

    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(NoHome):
        config.locate(environ={})
    with pytest.raises(NoHome):
        config.locate(environ={"SECONDME_HOME": "~/memories"})


def test_the_memories_folder_is_for_its_owner_alone(bare: Home) -> None:
    bare.ensure()
    assert bare.memories.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NoHome, match="file"):
        Home(tmp_path, tmp_path / "file").ensure()


def test_no_file_means_defaults(bare: Home) -> None:
    assert config.load(bare) == Config()


def test_every_setting_is_explained() -> None:
    assert all(config.settings().values())


def test_saving_keeps_comments_and_an_empty_value_restores_the_default(bare: Home) -> None:
    bare.config_dir.mkdir()
    bare.config_file.write_text("# mine\nthreads = 2  # quiet\n")
    assert config.save(bare, "threads", "4").threads == 4
    assert "# mine" in bare.config_file.read_text()
    assert "# quiet" in bare.config_file.read_text()
    assert config.save(bare, "threads", "") == Config()
    assert config.load(bare) == Config()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threads", "many"),
        ("threads", "1.5"),
        ("threads", "-1"),
        ("context", "0"),
        ("precision", "int4"),
        ("engine_url", "localhost:8080"),
        ("colour", "red"),
    ],
)
def test_an_impossible_value_is_refused_and_not_saved(bare: Home, key: str, value: str) -> None:
    with pytest.raises(BadSetting, match=key):
        config.save(bare, key, value)
    assert not bare.config_file.exists()


@pytest.mark.parametrize("content", [b"threads = ", b"\xff\xfe\x00", b"colour = 'red'", b"threads = 'x'", b"[threads]"])
def test_a_config_file_that_makes_no_sense_is_named(bare: Home, content: bytes) -> None:
    bare.config_dir.mkdir()
    bare.config_file.write_bytes(content)
    with pytest.raises(BadSetting, match=r"config\.toml"):
        config.load(bare)


@pytest.mark.parametrize("content", [b"threads = ", b"\xff\xfe\x00"])
def test_a_config_file_that_cannot_be_parsed_is_left_as_it_is(bare: Home, content: bytes) -> None:
    bare.config_dir.mkdir()
    bare.config_file.write_bytes(content)
    with pytest.raises(BadSetting, match=r"config\.toml"):
        config.save(bare, "threads", "2")
    assert bare.config_file.read_bytes() == content


def test_a_bad_value_in_the_file_is_mended_by_setting_it(bare: Home) -> None:
    bare.config_dir.mkdir()
    bare.config_file.write_text("threads = 'x'\n")
    assert config.save(bare, "threads", "2").threads == 2


def test_the_key_of_an_endpoint_comes_from_the_environment_first() -> None:
    assert config.api_key({"SECONDME_API_KEY": "k"}) == "k"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_settings_that_cannot_be_written_are_reported(bare: Home) -> None:
    bare.config_dir.mkdir(mode=0o500)
    with pytest.raises(NoHome):
        config.save(bare, "threads", "2")
