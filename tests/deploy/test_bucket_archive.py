"""The bucket as one archive: out of one bucket, into another, byte by byte, and never over."""

from io import BytesIO

from deploy.bucket_archive import load, save
from deploy.create_bucket import create_bucket, describe_rights
from tests.conftest import ObjectStore

FILES = {"uploads/one": b"a\x00b" * 50_000, "exports/two/1": b"", "exports/two/2": "ü".encode()}


def put(store: ObjectStore, bucket: str, name: str, content: bytes) -> None:
    store.open_client().put_object(
        bucket_name=bucket, object_name=name, data=BytesIO(content), length=len(content)
    )


def read_all(store: ObjectStore, bucket: str) -> dict[str, bytes]:
    client = store.open_client()
    return {
        item.object_name or "": client.get_object(
            bucket_name=bucket, object_name=item.object_name or ""
        ).read()
        for item in client.list_objects(bucket_name=bucket, recursive=True)
    }


def test_what_is_saved_is_loaded_as_it_was(object_store: ObjectStore, bucket: str) -> None:
    for name, content in FILES.items():
        put(object_store, bucket, name, content)
    archive = BytesIO()
    assert save(object_store.open_client(), bucket, archive) == len(FILES)
    other = f"{bucket}-2"[-63:].lstrip("-")
    create_bucket(object_store.open_client(), other)
    assert load(object_store.open_client(), other, BytesIO(archive.getvalue())) == len(FILES)
    assert read_all(object_store, other) == FILES


def test_what_is_there_is_left_alone(object_store: ObjectStore, bucket: str) -> None:
    put(object_store, bucket, "uploads/one", b"saved")
    archive = BytesIO()
    save(object_store.open_client(), bucket, archive)
    put(object_store, bucket, "uploads/one", b"newer")
    assert load(object_store.open_client(), bucket, BytesIO(archive.getvalue())) == 0
    assert read_all(object_store, bucket) == {"uploads/one": b"newer"}


def test_a_bucket_can_be_made_twice(object_store: ObjectStore, bucket: str) -> None:
    create_bucket(object_store.open_client(), bucket)
    assert object_store.open_client().bucket_exists(bucket_name=bucket)


def test_rights_end_at_the_prefix() -> None:
    objects, listing = describe_rights("box", "uploads")["Statement"]
    assert objects["Resource"] == ["arn:aws:s3:::box/uploads/*"]
    assert listing["Resource"] == ["arn:aws:s3:::box"]
    actions = {*objects["Action"], *listing["Action"]}
    assert not [action for action in actions if "*" in action or "Policy" in action]
