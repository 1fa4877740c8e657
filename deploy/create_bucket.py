"""A step: the bucket in which files are kept, and each service's key to its part of it.

Can be repeated; a changed secret is taken over. A service may be given the administrator's key: so
any S3 server will do. Keys of their own are made through MinIO's administration interface.
"""

# minio's administration client is typed in part
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import S3Error
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ALREADY_THERE = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
# How names of objects begin; see `source_name` of ingest and `name_object` of the exporter.
PREFIXES = {"ingest": "uploads", "exporter": "exports"}
READ_AND_WRITE = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)


class BucketSettings(BaseSettings):
    """Any S3 server's address and a key that may make buckets there; the services' own keys."""

    model_config = SettingsConfigDict(env_prefix="LEDGERPORT_")

    s3_endpoint: str
    s3_bucket: str
    admin_s3_access_key: SecretStr
    admin_s3_secret_key: SecretStr
    ingest_s3_access_key: SecretStr
    ingest_s3_secret_key: SecretStr
    exporter_s3_access_key: SecretStr
    exporter_s3_secret_key: SecretStr

    @property
    def administrator(self) -> "Key":
        return Key(self.admin_s3_access_key, self.admin_s3_secret_key)

    def list_own_keys(self) -> "dict[str, Key]":
        """Of those services that do not use the administrator's."""
        keys = {
            "ingest": Key(self.ingest_s3_access_key, self.ingest_s3_secret_key),
            "exporter": Key(self.exporter_s3_access_key, self.exporter_s3_secret_key),
        }
        return {service: key for service, key in keys.items() if key != self.administrator}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the object store: its public name and its secret."""

    access_key: SecretStr
    secret_key: SecretStr

    def reveal(self) -> tuple[str, str]:
        return self.access_key.get_secret_value(), self.secret_key.get_secret_value()


def open_client(settings: BucketSettings) -> Minio:
    endpoint = urlsplit(settings.s3_endpoint)
    access_key, secret_key = settings.administrator.reveal()
    return Minio(
        endpoint=endpoint.netloc,
        access_key=access_key,
        secret_key=secret_key,
        secure=endpoint.scheme == "https",
    )


def create_bucket(client: Minio, name: str) -> None:
    if client.bucket_exists(bucket_name=name):
        return
    try:
        client.make_bucket(bucket_name=name)
    except S3Error as error:
        if error.code not in ALREADY_THERE:
            raise


def describe_rights(bucket: str, prefix: str) -> dict[str, Any]:
    """The least that works: objects under the prefix.

    Without the right to list, S3 answers that a missing object is forbidden; names are ids only.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": list(READ_AND_WRITE),
                "Resource": [f"arn:aws:s3:::{bucket}/{prefix}/*"],
            },
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
                "Resource": [f"arn:aws:s3:::{bucket}"],
            },
        ],
    }


def create_keys(settings: BucketSettings) -> None:
    """Make the services' keys and say what each may do. Needs MinIO where there are any."""
    endpoint = urlsplit(settings.s3_endpoint)
    admin = MinioAdmin(
        endpoint=endpoint.netloc,
        credentials=StaticProvider(*settings.administrator.reveal()),
        secure=endpoint.scheme == "https",
    )
    for service, key in settings.list_own_keys().items():
        access_key, secret_key = key.reveal()
        policy = f"{settings.s3_bucket}-{service}"
        admin.policy_add(policy, policy=describe_rights(settings.s3_bucket, PREFIXES[service]))
        admin.user_add(access_key, secret_key)
        admin.policy_set(policy, user=access_key)


def main() -> None:
    settings = BucketSettings.model_validate({})
    create_bucket(open_client(settings), settings.s3_bucket)
    create_keys(settings)


if __name__ == "__main__":
    main()
