"""Whatever is sent to the API: no 5xx, every refusal is a problem document, no door without key."""

import json
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.stack import Stack

OPEN_PATHS = {"/v1/openapi.json", "/v1/asyncapi.json"}
NO_IMPORT = "/v1/imports/00000000-0000-7000-8000-000000000000"
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def client(stack: Stack) -> httpx.Client:
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    return httpx.Client(base_url=stack.url, headers=headers, timeout=60)


def describe(stack: Stack) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    return httpx.get(f"{stack.url}/v1/openapi.json", headers=headers, timeout=60).json()


def assert_refused_well(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:300]}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"]


def test_nothing_that_fits_or_breaks_the_description_ends_in_a_server_error(stack: Stack) -> None:
    document = describe(stack)
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith("/events") or operation.path.endswith("/keys/{key_id}"):
            continue
        tried += 1

        @given(case=operation.as_strategy(generation_mode=mode_of(tried)))
        @settings(
            max_examples=10,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def try_operation(case: schemathesis.Case) -> None:
            answer = case.call(base_url=stack.url, headers=headers, timeout=30)
            assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text[:300]}"
            if answer.status_code >= 400 and case.method != "HEAD":
                kind = answer.headers["content-type"][0]
                assert kind.startswith("application/problem+json"), case.as_curl_command()

        try_operation()
    assert tried >= 20


def mode_of(number: int) -> schemathesis.GenerationMode:
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    return modes[number % 2]


def test_every_route_asks_for_a_key(stack: Stack) -> None:
    document = describe(stack)
    asked = 0
    with httpx.Client(base_url=stack.url, timeout=30) as nobody:
        for path, operations in document["paths"].items():
            if path in OPEN_PATHS:
                continue
            for method in set(operations) & set(METHODS):
                url = path.replace("{", "").replace("}", "")
                answer = nobody.request(method, url)
                assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
                assert answer.headers["content-type"].startswith("application/problem+json")
                asked += 1
    assert asked >= 20


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"config": NaN}',
        b'{"config": {"record_type": "accounts"}, "records": [{"Balance": Infinity}]}',
        b'{"config": {"record_type": "accounts"}, "records": []}',
        b'{"config": {"record_type": "accounts", "role": "admin"}, "records": [{}]}',
        b'{"config": {"record_type": 5}, "records": [{}]}',
        b'{"config": {"record_type": "accounts"}, "records": {}}',
        b"\xff\xfe{}",
        b"[" * 100_000,
    ],
)
def test_a_malformed_json_body_is_refused(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert_refused_well(client.post("/v1/imports", content=body, headers=headers), 400, 422)


def test_multipart_bodies_out_of_order_are_refused(client: httpx.Client) -> None:
    config = (None, json.dumps({"record_type": "accounts"}))
    file = ("a.csv", b"AccountName,Balance\r\nA,1\r\n")
    post = client.post
    assert_refused_well(post("/v1/imports", files={"file": file}), 422)
    assert_refused_well(post("/v1/imports", files={"config": config}), 422)
    many = [(f"part{number}", (None, "x")) for number in range(10_000)]
    assert_refused_well(post("/v1/imports", files=many), 413, 422)
    huge = (None, "x" * 3_000_000)
    assert_refused_well(post("/v1/imports", files={"config": huge, "file": file}), 413, 422)
    bare = {"Content-Type": "multipart/form-data"}
    assert_refused_well(post("/v1/imports", content=b"x", headers=bare), 400)
    bounded = {"Content-Type": "multipart/form-data; boundary=b"}
    assert_refused_well(post("/v1/imports", content=b"--b\r\n\r\nx", headers=bounded), 400, 422)


@pytest.mark.parametrize(
    "name", ["../../x.csv", "C:\\x.csv", "a\x00b.csv", "n" * 4096, "a\u202evsc.csv", "a\r\nb.csv"]
)
def test_no_file_name_leads_anywhere(client: httpx.Client, name: str) -> None:
    files = {
        "config": (None, json.dumps({"record_type": "accounts"})),
        "file": (name, b"AccountName,Balance\r\nA,1\r\n"),
    }
    answer = client.post("/v1/imports", files=files)
    assert answer.status_code == 202, answer.text
    shown = answer.json()["file"]["name"]
    assert not set(shown) & set("/\\\x00\r\n\u202e")
    assert len(shown) <= 300
    source = client.get(f"/v1/imports/{answer.json()['id']}/source")
    assert source.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/imports?limit=-1",
        "/v1/imports?limit=1000000000",
        "/v1/imports?starting_after=%27%20or%201=1",
        "/v1/imports/%27%20or%201=1",
        NO_IMPORT,
        f"{NO_IMPORT}/rows",
        f"{NO_IMPORT}/source",
        f"{NO_IMPORT}/events",
        "/v1/accounts?balance[gte]=x",
        "/v1/accounts?nonsense=1",
        "/v1/accounts?due_date[lt]=yesterday",
        "/v1/accounts/99999999999999999999",
        "/v1/accounts/%00",
        "/v1/exports/%2e%2e",
        "/v1/templates/spaceships.csv",
        "/v1/feeds/none",
        "/v1/nothing",
    ],
)
def test_odd_paths_and_queries_are_refused(client: httpx.Client, path: str) -> None:
    assert_refused_well(client.get(path), 400, 404, 422)


@given(value=st.text(max_size=40))
@settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_filter_value_breaks_a_list(client: httpx.Client, value: str) -> None:
    for name in ("account_number", "balance[gte]", "due_date[lt]", "account_name[contains]", "id"):
        answer = client.get("/v1/accounts", params={name: value.encode("utf-8", "ignore")})
        assert answer.status_code in (200, 400, 422), answer.text
