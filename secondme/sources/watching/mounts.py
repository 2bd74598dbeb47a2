"""Where the kernel says nothing when a file changes, and whether a drive is there at all.

Knows mount points and file system types. A change that another machine makes on a network drive, or the host makes in
a folder that it shares with a virtual machine, raises no event here: such places must be looked at again and again.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

_TYPES = (
    "nfs nfs4 cifs smb smb2 smb3 smbfs afpfs ncpfs afs ceph lustre glusterfs beegfs webdav davfs davfs2 9p drvfs"
    " virtiofs vboxsf vmhgfs prl_fs ftp fuse.sshfs fuse.rclone fuse.s3fs fuse.gcsfuse fuse.goofys fuse.gvfsd-fuse"
    " fuse.davfs2 fuse.google-drive-ocamlfs fuse.curlftpfs fuse.vmhgfs-fuse fuse.glusterfs fuse.ceph fuse.smbnetfs"
    " fuse.onedriver macfuse osxfuse"
)
_SILENT = frozenset(_TYPES.split())
_ESCAPED = re.compile(r"\\([0-7]{3})")  # in /proc/mounts, of a space, a tab, a backslash and a line feed


def silent(path: str) -> str:
    """The type of the file system that `path` lies on, if no events come from there; else ""."""
    place = os.path.realpath(path)
    best, kind = "", ""
    for point, type_ in _mounts():
        if len(point) >= len(best) and _within(place, point):  # of two on one point the later one lies on top
            best, kind = point, type_
    return kind if kind in _SILENT else ""


def below(path: str) -> dict[str, str]:
    """Mount points below `path`, as they are called from there, with the type of what is mounted."""
    place = os.path.realpath(path)
    points = {point: kind for point, kind in _mounts() if point != place and _within(point, place)}
    return {os.path.normpath(path + os.sep + os.path.relpath(point, place)): kind for point, kind in points.items()}


def tells_nothing(kind: str) -> bool:
    """Whether no events come from a file system of this type."""
    return kind in _SILENT


def mount_of(path: str) -> str:
    """The mount point that `path` lies under."""
    place = os.path.realpath(path)
    while not os.path.ismount(place):
        place = os.path.dirname(place)
    return place


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _mounts() -> Iterator[tuple[str, str]]:
    """Every mount point with its type, the oldest first."""
    if sys.platform == "linux":
        try:
            with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as lines:
                for line in lines:
                    _, point, kind, *_ = line.split(" ")
                    yield _ESCAPED.sub(lambda found: chr(int(found[1], 8)), point), kind
        except OSError:  # a container without /proc
            return
    else:
        import psutil

        for partition in psutil.disk_partitions(all=True):
            yield partition.mountpoint, partition.fstype
