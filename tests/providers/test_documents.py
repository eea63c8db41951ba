"""The file store."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.documents import DiskDocuments
from providers.protocols import Documents, NotFound, ProviderFailure


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
