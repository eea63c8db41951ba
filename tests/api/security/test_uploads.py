"""Uploads: what they are is found out by looking, whatever they say they are."""

import io
import struct
import zlib

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from tests.api.support.forms import image, pdf
from tests.api.support.server import Client, Server, problem


def scripted() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_open_action(JavaScript("app.alert('hello')"))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_attachment() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment("evil.exe", b"MZ")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


SCRIPT = "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
LAUNCH = "<< /Type /Action /S /Launch /F (cmd.exe) >>"
SUBMIT = "<< /S /SubmitForm /F (https://evil.example) >>"
CHAIN = f"<< /S /GoTo /D [3 0 R /Fit] /Next << /S /GoTo /D [3 0 R /Fit] /Next [{SCRIPT}] >> >>"
LINK = "<< /S /URI /URI (https://example.com) >>"


def acting(opening: str = "", page: str = "", annotation: str = "", form: str = "") -> bytes:
    """A PDF with actions where one wants them, written by hand."""
    at_once, at_page, at_field = (
        f"{key} {action}" if action else ""
        for key, action in (
            ("/OpenAction", opening),
            ("/AA << /O", page and f"{page} >>"),
            ("/A", annotation),
        )
    )
    objects = (
        f"<< /Type /Catalog /Pages 2 0 R {at_once} {'/AcroForm ' + form if form else ''} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] {at_page} /Annots [4 0 R] >>",
        f"<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Tx /T (a) {at_field} >>",
    )
    file, table = "%PDF-1.7\n", "xref\n0 5\n0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        table += f"{len(file):010} 00000 n \n"
        file += f"{number} 0 obj\n{body}\nendobj\n"
    return f"{file}{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n".encode()


def owned() -> bytes:
    """A PDF that opens without a password and has one for its owner."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("", "owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of many pixels in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\x00" + b"\x00" * ((width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(row * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def looping_pdf() -> bytes:
    """A page tree that is its own child."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF\n"
    )


GOOD = {
    "pdf": (pdf(), "Certificate.PDF", "application/pdf", "application/pdf"),
    "png": (image(), "id.png", "image/png", "image/png"),
    "jpeg": (image("JPEG"), "id.jpeg", "image/jpeg", "image/jpeg"),
    "pdf with an attachment": (with_attachment(), "a.pdf", "application/pdf", "application/pdf"),
    "pdf with its owner's password": (owned(), "a.pdf", "application/pdf", "application/pdf"),
    "pdf after a byte order mark": (b"\xef\xbb\xbf" + pdf(), "a.pdf", "application/pdf", "application/pdf"),
    "pdf after line feeds": (b"\r\n\n" + pdf(), "a.pdf", "application/pdf", "application/pdf"),
    "pdf with a link": (acting(annotation=LINK), "a.pdf", "application/pdf", "application/pdf"),
    "pdf that opens at a page": (
        acting(opening="[3 0 R /Fit]"),
        "a.pdf",
        "application/pdf",
        "application/pdf",
    ),
    "unspecific": (image("JPEG"), "scan", "application/octet-stream", "image/jpeg"),
}


@pytest.mark.parametrize("name", GOOD)
def test_honest_files_are_kept_and_given_back(ada: Client, organization: str, name: str) -> None:
    content, file_name, claimed, really = GOOD[name]
    answer = ada.upload(organization, content, file_name, claimed)
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert file["content_type"] == really and file["size"] == len(content)
    back = ada.call("GET", f"/v1/organizations/{organization}/documents/{file['id']}")
    assert back.content == content
    assert back.headers["Content-Type"] == really
    assert back.headers["Content-Disposition"].startswith("attachment; ")
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in back.headers["Content-Security-Policy"]
    again = ada.upload(organization, content, file_name, claimed).json()
    assert again == file, "the same file again is the same file"


BAD: dict[str, tuple[bytes, str, str, str]] = {
    "empty": (b"", "a.pdf", "application/pdf", "empty"),
    "text": (b"hello", "a.pdf", "application/pdf", "type_not_supported"),
    "html called PDF": (b"<html><script>alert(1)</script>", "a.pdf", "application/pdf", "type_not_supported"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "image/svg+xml", "type_not_supported"),
    "gif": (b"GIF89a" + b"\x00" * 100, "a.gif", "image/gif", "type_not_supported"),
    "zip": (b"PK\x03\x04" + b"\x00" * 100, "a.pdf", "application/pdf", "type_not_supported"),
    "png called PDF": (image(), "a.pdf", "application/pdf", "type_differs"),
    "png sent as PDF": (image(), "a", "application/pdf", "type_differs"),
    "pdf called PNG": (pdf(), "a.png", "image/png", "type_differs"),
    "jpeg called PNG": (image("JPEG"), "a.png", "image/jpeg", "type_differs"),
    "only the magic of a PDF": (b"%PDF-1.7\n" + b"A" * 500, "a.pdf", "application/pdf", "unreadable"),
    "PDF cut off": (pdf()[:80], "a.pdf", "application/pdf", "unreadable"),
    "PDF that loops": (looping_pdf(), "a.pdf", "application/pdf", ""),
    "PDF without pages": (pdf(0), "a.pdf", "application/pdf", "no_pages"),
    "PDF of too many pages": (pdf(201), "a.pdf", "application/pdf", "too_many_pages"),
    "PDF of 5,000 pages": (pdf(5_000), "a.pdf", "application/pdf", "too_many_pages"),
    "PDF with a script": (scripted(), "a.pdf", "application/pdf", "active_content"),
    "PDF with a script on a page": (acting(page=SCRIPT), "a.pdf", "application/pdf", "active_content"),
    "PDF with a script in a field": (acting(annotation=SCRIPT), "a.pdf", "application/pdf", "active_content"),
    "PDF with a script after another action": (
        acting(opening=CHAIN),
        "a.pdf",
        "application/pdf",
        "active_content",
    ),
    "PDF that starts a program": (acting(annotation=LAUNCH), "a.pdf", "application/pdf", "active_content"),
    "PDF that sends a form": (acting(page=SUBMIT), "a.pdf", "application/pdf", "active_content"),
    "PDF with an XFA form": (
        acting(form="<< /Fields [] /XFA (x) >>"),
        "a.pdf",
        "application/pdf",
        "active_content",
    ),
    "HTML before the PDF": (b"<html>" + pdf(), "a.pdf", "application/pdf", "type_not_supported"),
    "PDF with a password": (encrypted(), "a.pdf", "application/pdf", "encrypted"),
    "only the magic of a PNG": (b"\x89PNG\r\n\x1a\n" + b"A" * 99, "a.png", "image/png", "unreadable"),
    "PNG cut off": (image()[:-30], "a.png", "image/png", "unreadable"),
    "JPEG cut off": (image("JPEG")[:400], "a.jpg", "image/jpeg", "unreadable"),
    "too narrow": (image("PNG", 479, 900), "a.png", "image/png", "image_too_small"),
    "too flat": (image("JPEG", 900, 479), "a.jpg", "image/jpeg", "image_too_small"),
    "decompression bomb": (bomb(30_000, 30_000), "a.png", "image/png", "image_too_large"),
    "larger than can be": (bomb(9_000, 9_000), "a.png", "image/png", "image_too_large"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_are_not_what_they_claim_are_refused(ada: Client, organization: str, name: str) -> None:
    content, file_name, claimed, code = BAD[name]
    before = ada.get(f"/v1/organizations/{organization}/documents", limit=100)
    body = problem(ada.upload(organization, content, file_name, claimed), 422, "invalid_request")
    found = body["errors"][0]
    assert found["pointer"] == "/file" and found["detail"]
    assert not code or found["code"] == code
    assert ada.get(f"/v1/organizations/{organization}/documents", limit=100) == before


def test_an_animated_png_bomb_and_polyglots_stay_harmless(ada: Client, organization: str) -> None:
    polyglot = image() + b"<script>alert(1)</script>" + pdf()
    answer = ada.upload(organization, polyglot, "a.png", "image/png")
    if answer.status_code == 201:
        back = ada.call("GET", f"/v1/organizations/{organization}/documents/{answer.json()['id']}")
        assert back.headers["Content-Type"] == "image/png", "never served as what it also is"
    huge = Image.new("1", (480, 480))
    out = io.BytesIO()
    huge.save(out, "PNG", save_all=True, append_images=[huge] * 50)
    assert ada.upload(organization, out.getvalue(), "a.png", "image/png").status_code in (201, 422)


NAMES = {
    "../../etc/passwd.pdf": "passwd.pdf",
    "..\\..\\windows\\system.ini.pdf": "system.ini.pdf",
    "/absolute/path.pdf": "path.pdf",
    "a\u202efdp.exe.pdf": "a_fdp.exe.pdf",
    "<script>.pdf": "_script_.pdf",
    "x" * 300 + ".pdf": "x" * 100 + ".pdf",
    ".pdf": "file.pdf",
    "....pdf": "file.pdf",
    "Übersicht 2026 (Kopie).pdf": "Übersicht 2026 (Kopie).pdf",
    "証明書.pdf": "証明書.pdf",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_made_safe(ada: Client, organization: str, name: str) -> None:
    answer = ada.upload(organization, pdf(), name)
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == NAMES[name]


def test_large_uploads_are_cut_off(ada: Client, organization: str) -> None:
    problem(ada.upload(organization, b"%PDF-" + b"A" * (11 * 1024 * 1024)), 413, "too_large")
    problem(ada.upload(organization, b"%PDF-" + b"A" * (10 * 1024 * 1024)), 413, "too_large")


def test_other_shapes_of_upload_are_refused(ada: Client, organization: str) -> None:
    path = f"/v1/organizations/{organization}/documents"
    problem(ada.call("POST", path, content=pdf(), headers={"Content-Type": "application/pdf"}), 415)
    problem(ada.call("POST", path, json={}), 415)
    problem(ada.call("POST", path, files={"other": ("a.pdf", pdf(), "application/pdf")}), 422)
    two = [("file", ("a.pdf", pdf(), "application/pdf")), ("file", ("b.pdf", pdf(), "application/pdf"))]
    problem(ada.call("POST", path, files=two), 400)
    for content_type in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
    ):
        answer = ada.call("POST", path, {"Content-Type": content_type}, content=b"--y\r\nnonsense")
        problem(answer, answer.status_code)
        assert answer.status_code in (400, 422)


def test_files_belong_to_their_organization(server: Server, ada: Client, organization: str) -> None:
    file = ada.upload(organization, pdf()).json()
    other = server.settled_organization()
    problem(ada.call("GET", f"/v1/organizations/{other}/documents/{file['id']}"), 404)
    form = {"store_url": "https://store.example/1", "owner": "x", "file_ids": [file["id"]]}
    refused = ada.try_post(f"/v1/organizations/{other}/qualification", form)
    assert problem(refused, 422)["errors"][0]["code"] == "unknown_file"
