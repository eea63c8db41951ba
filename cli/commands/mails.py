"""The command that shows mails as people get them."""

import json
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import col, func, select

from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from mails.compose import Mail
from mails.languages import writer
from models.tables import NotificationRow
from storage.database import Database
from storage.mail.letters import letters

app = typer.Typer(help="Mails: how they look to whoever gets them.", no_args_is_help=True)

Kind = Annotated[str | None, typer.Option(help="Only of this action, such as statement.issue.")]
Folder = Annotated[Path | None, typer.Option(help="Write each mail's HTML into this folder.")]


@app.command("preview")
def preview_command(
    state_dir: StateDir = DEFAULT_STATE_DIR, kind: Kind = None, folder: Folder = None, as_json: Json = False
) -> None:
    """The newest mail of each kind, as its first reader gets it; nothing is sent."""
    mails = newest(state_dir, kind)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for action, mail in mails.items():
            (folder / f"{action}.html").write_text(mail.html)
    if as_json:
        shown = {action: {"subject": mail.subject, "text": mail.text} for action, mail in mails.items()}
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for mail in mails.values():
        typer.echo(f"Subject: {mail.subject}\n\n{mail.text}\n{'─' * 72}")
    if not mails:
        typer.echo(
            "Nobody has been told anything yet." if kind is None else f"There is no mail about {kind}."
        )


def newest(state_dir: Path, kind: str | None) -> dict[str, Mail]:
    """The newest mail of each kind."""
    settings = settings_of(state_dir)
    with Database(settings.database()).reading() as session:
        last = select(func.max(NotificationRow.id)).group_by(col(NotificationRow.kind))
        query = select(NotificationRow).where(col(NotificationRow.id).in_(last))
        if kind:
            query = query.where(NotificationRow.kind == kind)
        rows = session.exec(query.order_by(col(NotificationRow.kind))).all()
        found = {}
        for row in rows:
            [(letter, recipients)] = letters(session, [row])
            if recipients:
                found[row.kind] = writer(settings.api_url, recipients[0]).letter(letter)
    return found
