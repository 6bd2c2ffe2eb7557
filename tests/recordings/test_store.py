"""Every key of the store is on the disk before it has its name."""

import os
import stat

import pytest
import zarr

from myoscope.recordings.store import DurableLocalStore, write_all, write_durably


def test_a_file_is_forced_to_the_disk_before_it_is_renamed_and_its_folder_after(
    tmp_path, monkeypatch
):
    done = []

    def forced(descriptor, real=os.fsync):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        done.append("force folder" if is_folder else "force file")
        real(descriptor)

    def renamed(source, target, real=os.replace):
        done.append("rename")
        real(source, target)

    monkeypatch.setattr(os, "fsync", forced)
    monkeypatch.setattr(os, "replace", renamed)
    write_durably(tmp_path / "a" / "b" / "key", b"content")
    assert (tmp_path / "a" / "b" / "key").read_bytes() == b"content"
    # Twice for the new folders, from the top.
    assert done == ["force folder", "force folder", "force file", "rename", "force folder"]


def test_every_key_that_zarr_writes_goes_this_way(tmp_path, monkeypatch):
    forced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: forced.append(descriptor))
    store = DurableLocalStore(tmp_path / "s.zarr")
    array = zarr.create_group(store=store).create_array("a", shape=(4,), chunks=(2,), dtype="i4")
    array[:] = [1, 2, 3, 4]
    files = {p.relative_to(store.root).as_posix() for p in store.root.rglob("*") if p.is_file()}
    assert set(store.written) == files
    assert len(forced) >= 2 * len(files)
    assert [p.name for p in tmp_path.iterdir()] == ["s.zarr"]


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "key"
    write_durably(path, b"old")

    def broken(descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        write_durably(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["key"]
    assert path.read_bytes() == b"old"


def test_short_writes_are_carried_on(monkeypatch):
    written = bytearray()

    def two_bytes(descriptor, content):
        written.extend(content[:2])
        return len(content[:2])

    monkeypatch.setattr(os, "write", two_bytes)
    write_all(0, b"seven b")
    assert written == b"seven b"
