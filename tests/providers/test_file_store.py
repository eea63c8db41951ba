"""The file store."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.file_store import MARK, DiskDocuments
from providers.protocols import Documents, NotFound, ProviderFailure
from storage.encryption.keyring import Keyring


def test_files_are_named_by_their_content(tmp_path: Path) -> None:
    documents: Documents = DiskDocuments(tmp_path / "files")
    content = b"%PDF-1.7 \x00\xff"
    name = documents.save(content)
    assert name == hashlib.sha256(content).hexdigest()
    assert documents.save(content) == name
    assert documents.read(name) == content
    [file] = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert file.stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_noticed_and_mended(tmp_path: Path) -> None:
    documents = DiskDocuments(tmp_path)
    name = documents.save(b"invoice")
    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    file.write_bytes(b"Invoice")
    with pytest.raises(ProviderFailure, match="file_damaged"):
        documents.read(name)
    documents.save(b"invoice")
    assert documents.read(name) == b"invoice"


@given(st.one_of(st.text(max_size=80), st.sampled_from(["../../etc/passwd", "0" * 63 + "\n", "0" * 64])))
def test_no_name_leads_anywhere_else(name: str) -> None:
    with pytest.raises(NotFound):
        DiskDocuments(Path("/tmp/no-such-folder")).read(name)


OLD, NEW = Keyring({"k1": b"1" * 32}), Keyring({"k2": b"2" * 32, "k1": b"1" * 32})
PASSPORT = b"%PDF-1.7 passport of Ada Lovelace"


def on_disk(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_nothing_of_a_file_stands_on_the_disk(tmp_path: Path) -> None:
    documents = DiskDocuments(tmp_path, OLD)
    name = documents.save(PASSPORT)
    assert name == hashlib.sha256(PASSPORT).hexdigest() and documents.read(name) == PASSPORT
    (kept,) = on_disk(tmp_path)
    assert b"PDF" not in kept and b"Ada" not in kept


def test_a_file_from_before_is_read_and_sealed_when_it_is_saved_again(tmp_path: Path) -> None:
    for content in (PASSPORT, MARK + b"k1:looks sealed and is not"):
        name = DiskDocuments(tmp_path).save(content)
        documents = DiskDocuments(tmp_path, OLD)
        assert documents.read(name) == content and documents.key_of(name) == ""
        assert documents.save(content) == name
        assert documents.read(name) == content and documents.key_of(name) == "k1"
    assert all(kept.startswith(MARK) for kept in on_disk(tmp_path))


def test_older_keys_still_read_and_a_change_of_key_leaves_nothing_under_them(tmp_path: Path) -> None:
    name = DiskDocuments(tmp_path, OLD).save(PASSPORT)
    documents = DiskDocuments(tmp_path, NEW)
    assert documents.read(name) == PASSPORT
    assert [documents.seal_again(one) for one in documents.names()] == [True]
    assert [documents.seal_again(one) for one in documents.names()] == [False]
    assert DiskDocuments(tmp_path, Keyring({"k2": b"2" * 32})).read(name) == PASSPORT
    with pytest.raises(ProviderFailure, match="file_key_missing"):
        DiskDocuments(tmp_path, OLD).read(name)


@pytest.mark.parametrize("at", [0, len(MARK), len(MARK) + 4, -1])
def test_a_sealed_file_that_was_changed_is_noticed(at: int, tmp_path: Path) -> None:
    documents = DiskDocuments(tmp_path, OLD)
    name = documents.save(PASSPORT)
    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    kept = bytearray(file.read_bytes())
    kept[at] ^= 1
    file.write_bytes(kept)
    with pytest.raises(ProviderFailure):
        documents.read(name)
    documents.save(PASSPORT)
    assert documents.read(name) == PASSPORT


def test_a_sealed_file_under_another_name_opens_no_more(tmp_path: Path) -> None:
    documents = DiskDocuments(tmp_path, OLD)
    one, other = documents.save(PASSPORT), documents.save(b"somebody else's")
    (tmp_path / one[:2] / one[2:]).replace(tmp_path / other[:2] / other[2:])
    with pytest.raises(ProviderFailure, match="file_damaged"):
        documents.read(other)
