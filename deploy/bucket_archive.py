"""`python -m deploy.bucket_archive save|load`: the bucket's objects as one tar, out or in.

Objects stay sealed: to read them, the master key is needed as well. What is there already is left
alone by `load`. Any S3 server will do on either side.
"""

import sys
import tarfile
from typing import BinaryIO, cast

from minio import Minio
from minio.error import S3Error

from deploy.create_bucket import BucketSettings, open_client

MISSING = ("NoSuchKey", "NoSuchObject")
PART_BYTES = 16 << 20


def save(client: Minio, bucket: str, target: BinaryIO) -> int:
    """Write all objects; how many. One that is deleted meanwhile is passed over."""
    count = 0
    with tarfile.open(fileobj=target, mode="w|") as archive:
        for found in client.list_objects(bucket_name=bucket, recursive=True):
            name = found.object_name or ""
            try:
                answer = client.get_object(bucket_name=bucket, object_name=name)
            except S3Error as error:
                if error.code in MISSING:
                    continue
                raise
            try:
                facts = tarfile.TarInfo(name)
                facts.size = int(answer.headers["content-length"])
                archive.addfile(facts, cast(BinaryIO, answer))
            finally:
                answer.close()
                answer.release_conn()
            count += 1
    return count


def load(client: Minio, bucket: str, source: BinaryIO) -> int:
    """Put the objects that are missing; how many."""
    present = {found.object_name for found in client.list_objects(bucket, recursive=True)}
    count = 0
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for facts in archive:
            data = archive.extractfile(facts)
            if data is None or facts.name in present:
                continue
            client.put_object(
                bucket_name=bucket,
                object_name=facts.name,
                data=cast(BinaryIO, data),
                length=facts.size,
                part_size=PART_BYTES,
            )
            count += 1
    return count


def main(arguments: list[str]) -> int:
    settings = BucketSettings.model_validate({})
    client = open_client(settings)
    match arguments:
        case ["save"]:
            count = save(client, settings.s3_bucket, sys.stdout.buffer)
        case ["load"]:
            count = load(client, settings.s3_bucket, sys.stdin.buffer)
        case _:
            sys.stderr.write("usage: python -m deploy.bucket_archive save|load\n")
            return 2
    sys.stderr.write(f"{count} objects\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
