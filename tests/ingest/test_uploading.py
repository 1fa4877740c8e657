"""What is sent to `POST /v1/imports`: JSON payloads, archives, and every kind of nonsense."""

import gzip
import io
import json
import zipfile
from typing import Any

import pytest

GOOD = "AccountName,Balance\nAlpha,1.00\nBeta,2.50\n"
BOUNDARY = "frontier"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(name: str, content: str, *, file_name: str | None = None) -> bytes:
    shown = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'
    return head.encode() + content.encode() + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
CONFIG = part("config", '{"record_type": "accounts"}')


async def count_sources(ingest: Any) -> int:
    """Objects that belong to no import."""
    known = await ingest.facilities.pool.fetch("select import_id from uploads")
    names = {f"uploads/{row['import_id']}" for row in known}
    stored = {facts.name async for facts in ingest.facilities.store.list("uploads/")}
    return len(stored - names)


async def post(ingest: Any, content: Any, **headers: str) -> Any:
    return await ingest.client.post("/v1/imports", content=content, headers=headers)


async def test_the_file_may_come_before_its_configuration(ingest: Any) -> None:
    body = part("file", GOOD, file_name="a.csv") + CONFIG + END
    answer = await post(ingest, body, **MULTIPART)
    assert answer.status_code == 202
    assert answer.json()["file"]["name"] == "a.csv"


async def test_json_records_are_an_import_and_the_body_is_its_source(ingest: Any) -> None:
    body = (
        b'{"config": {"record_type": "accounts"}, "records": '
        b'[{"AccountName": "Alpha", "Balance": "1.10"}, {"AccountName": "Beta", "Balance": 2.20}]}'
    )
    answer = await post(ingest, body, **{"Content-Type": "application/json"})
    assert answer.status_code == 202, answer.text
    await ingest.settle()
    ready = await ingest.show(answer.json()["id"])
    assert ready["amounts"]["USD"]["in"] == 330
    source = await ingest.get(f"/v1/imports/{ready['id']}/source")
    assert source.content == body


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "file",
    [
        gzip.compress(GOOD.encode()),
        zipped(table=GOOD.encode()),
        ("\ufeff" + GOOD).encode("utf-16-le"),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace(",", ";").encode("cp1252"),
        b'{"AccountName": "Alpha", "Balance": 1.00}\n{"AccountName": "Beta", "Balance": 2.50}\n',
        b'[{"AccountName": "Alpha", "Balance": 1.00}, {"AccountName": "Beta", "Balance": 2.50}]',
    ],
    ids=["gzip", "zip", "utf-16", "cr", "semicolon", "ndjson", "array"],
)
async def test_files_as_people_have_them_are_read(ingest: Any, file: bytes) -> None:
    ready = await ingest.review(file)
    assert (ready["state"], ready["counts"]["created"]) == ("ready", 2)
    assert ready["amounts"]["USD"]["in"] == 350
    rows = (await ingest.get(f"/v1/imports/{ready['id']}/rows")).json()["data"]
    assert [row["raw"]["AccountName"] for row in rows] == ["Alpha", "Beta"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "empty_file"),
        (b"%PDF-1.7 anything", "not_a_table"),
        (zipped(a=b"x,y\n1,2\n", b=b"x,y\n1,2\n"), "archive_not_one_file"),
        (gzip.compress(GOOD.encode() * 50_000)[:-9], "archive_broken"),
        (b",".join(b"c%d" % number for number in range(10_000)) + b"\n", "too_many_columns"),
    ],
    ids=["empty", "pdf", "two files", "cut gzip", "columns"],
)
async def test_a_file_that_cannot_be_read_fails_with_a_sentence_and_a_way_on(
    ingest: Any, file: bytes, code: str
) -> None:
    opened = await ingest.open(file)
    await ingest.settle()
    failed = await ingest.show(opened["id"])
    assert failed["state"] == "failed"
    assert failed["failure"]["code"] == code
    assert failed["failure"]["sentence"]
    assert failed["failure"]["way_on"]
    source = await ingest.get(f"/v1/imports/{opened['id']}/source")
    assert source.content == file


@pytest.mark.parametrize(
    ("config", "location", "code"),
    [
        ({"record_type": "persons"}, "config.record_type", "unknown_record_type"),
        ({"match_by": ["Balance"]}, "config.match_by", "unknown_match_key"),
        ({"formats": {"currency": "XQX"}}, "config.formats.currency", "unknown_currency"),
        (
            {"expected": {"amounts": {"XQX": "1"}}},
            "config.expected.amounts.XQX",
            "unknown_currency",
        ),
        ({"mapping": {"Balance": "Saldo"}}, "config.mapping.Balance", "unknown_field"),
        ({"mapping": {"Nowhere": "Balance"}}, "config.mapping.Nowhere", "unknown_column"),
        ({"corrects": "01a20da3-1b72-7000-86e6-20bb6f0035fd"}, "config.corrects", "unknown_import"),
        ({"role": "admin"}, "config.role", "extra_forbidden"),
        ({"mode": "replace"}, "config.mode", "literal_error"),
        ({"first_rows": 0}, "config.first_rows", "greater_than_equal"),
        ({"formats": {"date": 5}}, "config.formats.date", "string_type"),
    ],
)
async def test_a_configuration_that_cannot_be_is_refused_and_nothing_is_kept(
    ingest: Any, config: dict[str, Any], location: str, code: str
) -> None:
    before = await count_sources(ingest)
    answer = await ingest.upload(GOOD, **config)
    assert answer.status_code == 422, answer.text
    error = answer.json()["errors"][0]
    assert (error["location"], error["code"]) == (location, code)
    assert await count_sources(ingest) == before
    assert (await ingest.get("/v1/imports")).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"config": {"record_type": "accounts"}, "records": [{"Balance": NaN}]}', 400),
        (b'{"config": {"record_type": "accounts"}, "records": []}', 422),
        (b'{"config": {"record_type": "accounts"}, "records": [1]}', 422),
        (b'{"config": {"record_type": "accounts"}, "records": [{}], "role": "admin"}', 422),
        (b'{"records": [{"AccountName": "Alpha"}]}', 422),
        (b"[]", 422),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"config": ' + b" " * 9_000_000 + b"}", 413),
    ],
)
async def test_a_json_body_that_is_none_is_refused(ingest: Any, body: bytes, status: int) -> None:
    answer = await post(ingest, body, **{"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (CONFIG + part("file", GOOD), {"Content-Type": "multipart/form-data"}, 400),
        (CONFIG + part("file", GOOD), MULTIPART, 400),
        (b"nonsense", MULTIPART, 400),
        (CONFIG + END, MULTIPART, 422),
        (part("file", GOOD) + END, MULTIPART, 422),
        (CONFIG + part("file", GOOD) + part("file", GOOD) + END, MULTIPART, 422),
        (CONFIG * 10_000 + END, MULTIPART, 413),
        (part("x", "y") * 10_000 + END, MULTIPART, 413),
        (part("config", "{") + part("file", GOOD) + END, MULTIPART, 400),
        (part("config", "x" * 2_000_000) + END, MULTIPART, 413),
        (b"--frontier\r\nX: y\r\n\r\nz\r\n" + END, MULTIPART, 400),
        (b"--frontier\r\n" + b"X: y\r\n" * 10_000 + b"\r\n" + END, MULTIPART, 400),
        (GOOD.encode(), {"Content-Type": "text/csv"}, 415),
        (GOOD.encode(), {}, 415),
    ],
)
async def test_a_multipart_body_that_is_none_is_refused_and_nothing_is_kept(
    ingest: Any, body: bytes, headers: dict[str, str], status: int
) -> None:
    before = await count_sources(ingest)
    answer = await post(ingest, body, **headers)
    assert answer.status_code == status, answer.text
    assert await count_sources(ingest) == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\x.csv", "x.csv"),
        ("a" * 4000 + ".csv", "a" * 255),
        ("invoice\u202efdp.csv", "invoicefdp.csv"),
        ("..", "upload"),
        ("Müller ✓.csv", "Müller ✓.csv"),
    ],
)
async def test_a_file_name_is_only_shown(ingest: Any, name: str, shown: str) -> None:
    body = CONFIG + part("file", GOOD, file_name=name.replace("\\", "\\\\")) + END
    answer = await post(ingest, body, **MULTIPART)
    assert answer.status_code == 202, answer.text
    assert answer.json()["file"]["name"] == shown
    source = await ingest.get(f"/v1/imports/{answer.json()['id']}/source")
    assert source.content == GOOD.encode()
    assert "\n" not in source.headers["content-disposition"]
    assert source.headers["etag"] == f'"{answer.json()["file"]["sha256"]}"'


async def test_an_upload_that_is_cut_off_leaves_nothing(ingest: Any) -> None:
    before = await count_sources(ingest)

    async def cut() -> Any:
        yield CONFIG + part("file", "x" * 3_000_000, file_name="a.csv")[:-2]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await post(ingest, cut(), **MULTIPART)
    assert await count_sources(ingest) == before
    assert (await ingest.get("/v1/imports")).json()["data"] == []


async def test_a_file_above_the_limit_is_refused(ingest: Any) -> None:
    small = ingest.facilities.settings.model_copy(update={"ingest_upload_bytes": 1_000_000})
    object.__setattr__(ingest.facilities, "settings", small)
    before = await count_sources(ingest)
    answer = await ingest.upload("AccountName,Balance\n" + "Alpha,1.00\n" * 200_000)
    assert answer.status_code == 413
    assert answer.json()["code"] == "file_too_large"
    assert await count_sources(ingest) == before


async def test_what_is_stored_is_sealed(ingest: Any, object_store: Any) -> None:
    opened = await ingest.open("AccountName,Balance\nCanary Person,1.00\n")
    client = object_store.open_client()
    response = client.get_object(
        bucket_name=object_store.bucket, object_name=f"uploads/{opened['id']}"
    )
    stored = response.read()
    response.close()
    assert b"Canary" not in stored


async def test_a_configuration_is_answered_whole(ingest: Any) -> None:
    opened = await ingest.open(GOOD, mode="create_new", formats={"currency": "EUR"})
    assert opened["config"]["mode"] == "create_new"
    assert opened["config"]["formats"] == {
        "date": "ISO 8601",
        "decimal": "1,234.56",
        "currency": "EUR",
    }
    assert json.dumps(opened["config"]["mapping"])
