"""The commands about the keys under which forms are kept encrypted: which there are, and a change of key."""

import base64
import json
import re
import secrets
from collections import Counter
from typing import Annotated

import typer
from rich.progress import Progress

from cli import rendering
from cli.errors import CliError
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, refuse_made_key, settings_of
from config.settings import Settings
from providers.failures import NotFound, ProviderFailure
from providers.file_store import PLAIN, DiskDocuments
from storage.database import Database
from storage.encryption.keyring import KEY_BYTES, Keyring, load_keyring
from storage.encryption.rotation import Unopened, keys_in_use, rotate_batch

app = typer.Typer(
    help="Keys of the encrypted forms: which there are, and a change of key.", no_args_is_help=True
)

BATCH = 500


def ring(settings: Settings) -> Keyring:
    """The keys that are configured; a local stack's are made on first use."""
    refuse_made_key(settings)
    try:
        return load_keyring(settings.field_keys.get_secret_value(), settings.state_dir)
    except ValueError as error:
        raise CliError(
            str(error), "Correct MONETIZATION_FIELD_KEYS: id:base64 of 32 bytes, comma-separated."
        ) from None


@app.command("list")
def list_command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """Every key by its id: whether it is in the ring, and how many forms it keeps. Keys are never shown."""
    settings = settings_of(state_dir)
    keyring = ring(settings)
    with Database(settings.database()).reading() as session:
        used = keys_in_use(session)
    files = DiskDocuments(settings.state_dir / "files", keyring)
    sealing = Counter(files.key_of(name) for name in files.names())
    rows = [
        {
            "key": key_id,
            "writes": key_id == keyring.newest,
            "in_ring": key_id in keyring.keys,
            "forms": used.get(key_id, 0),
            "files": sealing[key_id],
        }
        for key_id in dict.fromkeys([*keyring.keys, *used, *sealing])
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = rendering.table("key", "forms", "files", "")
    for row in rows:
        table.add_row(str(row["key"]) or "none", str(row["forms"]), str(row["files"]), standing(row))
    rendering.console().print(table)


def standing(row: dict[str, object]) -> str:
    """What is to be said of a key."""
    if row["key"] == PLAIN:
        return "not encrypted until `monetization keys rotate`"
    if not row["in_ring"]:
        return "[red]missing: what it keeps cannot be read[/]"
    if row["writes"]:
        return "writes"
    return "needed until `monetization keys rotate`" if row["forms"] or row["files"] else "can be removed"


@app.command("rotate")
def rotate_command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """Encrypt every form and uploaded file again with the newest key; stopped at any point, it goes on where it was."""
    settings = settings_of(state_dir)
    keyring, database = ring(settings), Database(settings.database())
    with database.reading() as session:
        outdated = sum(count for key_id, count in keys_in_use(session).items() if key_id != keyring.newest)
    done = 0
    with Progress(console=rendering.console(stderr=True), disable=as_json, transient=True) as progress:
        bar = progress.add_task("forms", total=outdated)
        while count := one_batch(database, keyring):
            done += count
            progress.update(bar, completed=done)
    files = rotate_files(DiskDocuments(settings.state_dir / "files", keyring))
    if as_json:
        typer.echo(json.dumps({"key": keyring.newest, "rotated": done, "files": files}))
    elif done or files:
        typer.echo(
            f"{done} forms and {files} files are kept under {keyring.newest} now; the other keys can be removed."
        )
    else:
        typer.echo(f"All forms and files are kept under {keyring.newest} already.")


def rotate_files(documents: DiskDocuments) -> int:
    """Encrypt the files again that older keys keep, or none; how many. Files that cannot be read are named at the end."""
    done, unreadable = 0, []
    for name in documents.names():
        try:
            done += documents.seal_again(name)
        except (NotFound, ProviderFailure) as failure:
            unreadable.append(f"{name} ({failure})")
    if unreadable:
        raise CliError(
            f"{len(unreadable)} files cannot be read, among them {unreadable[0]}; the others are done.",
            "Add the key that is missing to MONETIZATION_FIELD_KEYS, or restore them from a backup, then rotate again.",
        )
    return done


def one_batch(database: Database, keyring: Keyring) -> int:
    """Some forms, in one transaction; how many."""
    try:
        with database.transaction() as session:
            return rotate_batch(session, keyring, BATCH)
    except Unopened as unopened:
        if unopened.known:
            raise CliError(
                f"The form {unopened.submission_id} cannot be decrypted: it is not what was stored.",
                "Restore it from a backup, then rotate again; nothing of its batch was changed.",
            ) from None
        raise CliError(
            f"Forms are kept under the key {unopened.key_id}, which is not in the ring.",
            "Add it to MONETIZATION_FIELD_KEYS after the newest one, then rotate again.",
        ) from None


@app.command("new")
def new_command(
    name: Annotated[str, typer.Argument(help="What to call it, for example k2026-11.")],
) -> None:
    """Make a key and print it, to be put first into MONETIZATION_FIELD_KEYS. It is shown once and kept nowhere."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", name):
        raise CliError("A key is called by letters, digits, dots and dashes.", "Choose another name.")
    typer.echo(f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}")
