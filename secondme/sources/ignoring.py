"""Which files nobody means: names that are never memories, and what a person's own `.secondmeignore` files say.

The files are written as `.gitignore` is (git-scm.com/docs/gitignore; patterns are compiled by pathspec), in any folder,
and hold for what is in that folder and below. A nearer file outweighs a farther one, the last line that fits decides,
and what lies in a folder that is left out cannot be taken back in. A `!` rule takes in what is left out here by default
only where the rule itself speaks of such a name (`!*.key`, not `!*`). Opens no file but these.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

IGNORE_FILE = ".secondmeignore"
_LONGEST = 1 << 20  # bytes of an ignore file
_REMEMBERED = 50_000  # folders

_NAMES = (
    # version control, dependencies, caches
    ".git .hg .svn .bzr node_modules bower_components __pycache__ .cache .mypy_cache .ruff_cache .pytest_cache .tox"
    " .nox .ipynb_checkpoints .sass-cache .parcel-cache .gradle .terraform .npm .yarn"
    # what systems and editors leave behind
    " .DS_Store ._* Thumbs.db desktop.ini .obsidian .trash .Trash .Trash-* .Trashes $RECYCLE.BIN lost+found .nfs0*"
    " .fuse_hidden* .Spotlight-V100 .fseventsd .TemporaryItems *.tmp *.temp *~ .#* *.swp *.swo *.swx ~$* .~*"
    " .goutputstream-* *.lock *.lck"
    # half of a download, and what synchronising leaves beside a file while it works
    " *.part *.partial *.crdownload *.download *.opdownload *.aria2 *.filepart *.!ut *.!sync .syncthing.* ~syncthing~*"
    " .stfolder .stversions .stignore .dropbox .dropbox.cache ._sync_* .sync_* .nextcloudsync.log .owncloudsync.log"
    # keys, which are not memories
    " id_rsa id_dsa id_ecdsa id_ed25519 *.pem *.key *.kdbx *.kdb *.p12 *.pfx *.ppk *.jks *.keystore .ssh .gnupg"
    " .password-store *.env .env.* .netrc .pgpass .git-credentials .aws .kube"
    # our own
    " .secondmeignore"
)
IGNORED = tuple(_NAMES.split())
# A folder that holds one of these is a virtual environment or a cache (bford.info/cachedir).
MARKERS = ("pyvenv.cfg", "CACHEDIR.TAG")

# every pattern has one star at most, at an end: three look-ups in C instead of one regular expression
_WHOLE = frozenset(name.lower() for name in IGNORED if "*" not in name)
_ENDINGS = tuple(name[1:].lower() for name in IGNORED if name.startswith("*"))
_BEGINNINGS = tuple(name[:-1].lower() for name in IGNORED if name.endswith("*"))


def unwanted(name: str) -> bool:
    """Whether a file or folder of this name is left out everywhere."""
    name = name.lower()
    return name in _WHOLE or name.endswith(_ENDINGS) or name.startswith(_BEGINNINGS)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of an ignore file. `anchored`: it has a slash, so it is about paths from the file's folder on."""

    fits: Callable[[str], object]
    out: bool
    anchored: bool
    depth: int  # slashes in a path that an anchored one can fit; -1 for any number
    inside: bool  # ends in /** or /**/: about what is in a folder, not about the folder
    folders: bool  # ends in /: about folders alone
    last: str  # what an entry's own name must fit
    bold: bool  # speaks of a name that is left out by default

    def about(self, path: str, name: str, folder: bool) -> bool:
        """pathspec lets a rule about a folder fit everything below as well; here each level is asked by itself."""
        if self.folders and not folder:
            return False
        if not self.anchored:
            return self.fits(name + "/" if folder else name) is not None
        if self.depth == -1:
            if not self.inside and not fnmatchcase(name, self.last):
                return False
        elif self.depth != path.count("/"):
            return False
        return self.fits(path + "/" if folder and not self.inside else path) is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the ignore file of one folder says, and those of the folders above it. `base` ends in a separator."""

    base: str
    lines: tuple[_Rule, ...]  # the last one first
    above: Rules | None

    def leave_out(self, folder: str, name: str, is_folder: bool) -> bool:
        """Whether `name` in `folder` (which ends in a separator) is left out."""
        left = unwanted(name)
        rules: Rules | None = self
        while rules:
            path = (folder + name)[len(rules.base) :]
            for line in rules.lines:
                if (line.out or line.bold or not left) and line.about(path, name, is_folder):
                    return line.out
            rules = rules.above
        return left


def rules_in(folder: str, above: Rules | None, names: Collection[str] | None = None) -> Rules | None:
    """`above`, and what the ignore file in `folder` adds. `names` are the folder's entries, if they are known.

    Raises OSError if there is one and it cannot be read: nothing in there should be taken without it.
    """
    if names is not None and IGNORE_FILE not in names:
        return above
    try:
        with open(os.path.join(folder, IGNORE_FILE), encoding="utf-8-sig", errors="surrogateescape") as stream:
            text = stream.read(_LONGEST)
    except (FileNotFoundError, NotADirectoryError):
        return above
    if lines := tuple(_compiled(text))[::-1]:
        return Rules(os.path.join(folder, ""), lines, above)
    return above


def rules_above(folder: str) -> Rules | None:
    """What the folders above one that a person names say about what is in it.

    Naming it outweighs what would leave it out. An ignore file that can't be read there does not count.
    """
    rules: Rules | None = None
    place, *below = _places(os.path.abspath(folder))
    for inner in below:
        try:
            rules = rules_in(place, rules)
        except OSError:
            rules = None
        if rules and rules.leave_out(os.path.join(place, ""), os.path.basename(inner), True):
            rules = None
        place = inner
    return rules


def _places(path: str, root: str = os.sep) -> Iterator[str]:
    """`root`, and each folder from there to `path`, which is the last one."""
    place = root
    yield place
    for name in path[len(root) :].split(os.sep):
        if name:
            place = os.path.join(place, name)
            yield place


def _compiled(text: str) -> Iterator[_Rule]:
    import pathspec  # 45 ms, and few people have an ignore file

    for line in text.split("\n"):
        line = line.removesuffix("\r")
        try:
            patterns = pathspec.GitIgnoreSpec.from_lines([line]).patterns
        except ValueError:  # git takes a line that cannot be a rule for none, too
            continue
        yield from (
            _rule(line, pattern.match_file, pattern.include) for pattern in patterns if pattern.include is not None
        )


def _rule(line: str, fits: Callable[[str], object], out: bool) -> _Rule:
    body = line.removeprefix("!").rstrip()
    path = body.rstrip("/")
    segments = path.removeprefix("/").split("/")
    anywhere = set(segments[:-1]) == {"**"} or segments == ["**"]  # **/x is x
    return _Rule(
        fits,
        out,
        anchored="/" in path and not anywhere,
        depth=-1 if "**" in path else len(segments) - 1,
        inside=path.endswith("/**") and not anywhere,
        folders=body.endswith("/"),
        last=segments[-1],
        bold=unwanted(segments[-1]),
    )


class Sieve:
    """Whether a walk from `root` would come to a path, asked for one path at a time. Remembers what folders say."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._folders: dict[str, Rules | bool] = {}  # False: left out; True: no rules

    def takes(self, path: str, is_folder: bool = False) -> bool:
        """`path` is below the root, or the root itself."""
        if path == self.root:
            return True
        folder, name = os.path.split(path)
        rules = self._inside(folder)
        if rules is False:
            return False
        if rules is True:
            return not unwanted(name)
        return not rules.leave_out(os.path.join(folder, ""), name, is_folder)

    def forget(self) -> None:
        """An ignore file or a marker came, changed or went."""
        self._folders.clear()

    def _inside(self, folder: str) -> Rules | bool:
        if (known := self._folders.get(folder)) is not None:
            return known
        if len(self._folders) > _REMEMBERED:
            self._folders.clear()
        rules: Rules | bool = True
        for place in _places(folder, self.root):
            if (known := self._folders.get(place)) is None:
                known = self._folders[place] = self._enter(place, rules)
            rules = known
            if rules is False:
                break
        self._folders[folder] = rules
        return rules

    def _enter(self, folder: str, above: Rules | bool) -> Rules | bool:
        try:
            if folder == self.root:
                return rules_in(folder, rules_above(folder)) or True
            name, outer = os.path.basename(folder), None if isinstance(above, bool) else above
            if outer.leave_out(os.path.join(os.path.dirname(folder), ""), name, True) if outer else unwanted(name):
                return False
            if any(os.path.lexists(os.path.join(folder, marker)) for marker in MARKERS):
                return False
            return rules_in(folder, outer) or True
        except OSError:
            return False
