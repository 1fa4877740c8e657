"""`ledgerport keys …`: API keys. A secret is shown once, on stdout, when its key is made."""

import uuid
from typing import Annotated

import typer

from cli.api import Json
from cli.session import Session, add_command


def build_group() -> typer.Typer:
    group = typer.Typer(name="keys", help="API keys.", no_args_is_help=True)
    add_command(group, "create")(create_key)
    add_command(group, "list")(list_keys)
    add_command(group, "revoke")(revoke_key)
    return group


def create_key(
    session: Session,
    *,
    name: Annotated[str, typer.Option(help="What it is for.")],
    scopes: Annotated[
        list[str], typer.Option("--scope", help="e.g. imports:write; repeatable; '*' is all.")
    ],
    actor: Annotated[str | None, typer.Option(help="Who acts with it; else the name.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="RFC 3339; else it does not end.")] = None,
) -> None:
    """Make a key and print its secret, which is never shown again."""
    body: Json = {"name": name, "actor": actor or name, "scopes": scopes}
    if expires_at is not None:
        body["expires_at"] = expires_at
    made: Json = session.api.send(
        "POST", "/v1/keys", json=body, headers={"Idempotency-Key": str(uuid.uuid4())}
    ).json()
    if session.output.as_json:
        session.output.data(made)
        return
    session.output.note(f"key {made['id']} ({name}); this is its secret, shown only now:")
    session.output.line(str(made["key"]))


def list_keys(
    session: Session, limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20
) -> None:
    """Names, actors, scopes and expiry; never secrets."""
    found = list(session.api.iterate("/v1/keys", limit=limit))
    if session.output.as_json:
        session.output.data(found)
        return
    rows = [
        (
            item["id"],
            item["name"],
            item["actor"],
            " ".join(item["scopes"]),
            item.get("expires_at"),
            item.get("last_used_at"),
            item.get("revoked_at"),
        )
        for item in found
    ]
    session.output.table(("id", "name", "actor", "scopes", "expires", "last used", "revoked"), rows)


def revoke_key(
    session: Session, key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")]
) -> None:
    """End a key at once."""
    session.confirm(f"Revoke key {key_id}?")
    session.api.delete(f"/v1/keys/{key_id}")
    session.output.note(f"key {key_id} is revoked")
