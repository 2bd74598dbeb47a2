"""Every error that may reach a person: one sentence that says what happened, and a hint that says what to do next.

    SecondMeError                    exit 1
    ├── UsageError                   exit 2   the command cannot mean anything
    │   ├── NoSuchPath                        a path that is not there
    │   └── BadSetting                        an unknown key or an impossible value
    ├── NoHome                                nowhere to keep memories
    ├── Busy                                  another process holds the home
    ├── DiskFull                              no room left where memories or models live
    ├── TooLittle                             memory holds too little for what was asked of it
    ├── StoreError
    │   ├── LedgerDamaged                     SQLite cannot read ledger.db
    │   ├── LedgerTooNew                      written by a later version
    │   ├── BackupDamaged                     a backup that is not whole, or no backup at all
    │   └── IndexDamaged                      Chroma cannot read its directory; the ledger can rebuild it
    ├── EngineError
    │   ├── ModelMissing                      no such model on this machine
    │   ├── ModelDamaged                      a model file that is cut short or altered
    │   ├── EngineCrashed                     the model's process died
    │   └── RemoteFailed                      a named endpoint did not answer as it should
    ├── FetchError                            a download that did not come through
    │   └── HashMismatch                      what came is not what was promised; it has been deleted
    ├── Unreadable                            a source that cannot be read (becomes a Skipped within a batch)
    └── Interrupted                  exit 130

Foreign errors are mapped to these where they arise, never further up.
"""

from __future__ import annotations

from typing import ClassVar


class SecondMeError(Exception):
    """`message`: one sentence, what and where. `hint`: what to do next."""

    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = "Run `secondme doctor` to check this installation."

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint


class UsageError(SecondMeError):
    exit_code = 2
    default_hint = "See `secondme --help`."


class NoSuchPath(UsageError):
    default_hint = "Check the spelling; paths with spaces need quotes."


class BadSetting(UsageError):
    default_hint = "`secondme config` lists every setting with its value."


class NoHome(SecondMeError):
    default_hint = "Set SECONDME_HOME to a folder that you can write to."


class Busy(SecondMeError):
    default_hint = "Wait for it to finish, or stop it, then try again."


class DiskFull(SecondMeError):
    default_hint = "Free some space, or move everything with SECONDME_HOME, then run the same command again."


class TooLittle(SecondMeError):
    default_hint = "Take more in first: `secondme ingest PATH`."


class StoreError(SecondMeError):
    pass


class LedgerDamaged(StoreError):
    default_hint = "Restore ledger.db from a backup, or move it aside and ingest your sources again."


class LedgerTooNew(StoreError):
    default_hint = "Update secondme: run ./install.sh from a newer version."


class BackupDamaged(StoreError):
    default_hint = "Nothing was changed. Take another copy of the backup."


class IndexDamaged(StoreError):
    default_hint = "Nothing is lost: `secondme doctor --repair` rebuilds it from the ledger."


class EngineError(SecondMeError):
    pass


class ModelMissing(EngineError):
    default_hint = "`secondme models list` shows what there is; `secondme models pull ID` fetches one."


class ModelDamaged(EngineError):
    default_hint = "`secondme models pull ID` fetches it again."


class EngineCrashed(EngineError):
    default_hint = (
        "`secondme doctor` probes llama.cpp and names the build to choose; `--no-llm` answers with quotes only."
    )


class RemoteFailed(EngineError):
    default_hint = "Check the address with `secondme config`, or unset it to use the local model."


class FetchError(SecondMeError):
    default_hint = "Check the network and run the same command again: it resumes where it stopped."


class HashMismatch(FetchError):
    default_hint = "The file was deleted and not used. Try again, or take the model from another place."


class Unreadable(SecondMeError):
    default_hint = "Open the file in its own program to see whether it is damaged."

    @property
    def phrase(self) -> str:
        """What follows the file's name, with the hint in brackets where it is not the usual one."""
        reason, hint = self.message.rstrip("."), self.hint.rstrip(".")
        return reason if self.hint == self.default_hint else f"{reason} ({hint[0].lower()}{hint[1:]})"


class Interrupted(SecondMeError):
    exit_code = 130
    default_hint = "Run the same command again to go on."
