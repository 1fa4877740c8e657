"""A step: the bucket in which files are kept. Can be repeated."""

from urllib.parse import urlsplit

from minio import Minio
from minio.error import S3Error
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ALREADY_THERE = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


class BucketSettings(BaseSettings):
    """Any S3 server's address and a key that may make buckets there."""

    model_config = SettingsConfigDict(env_prefix="LEDGERPORT_")

    s3_endpoint: str
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str


def open_client(settings: BucketSettings) -> Minio:
    endpoint = urlsplit(settings.s3_endpoint)
    return Minio(
        endpoint=endpoint.netloc,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        secure=endpoint.scheme == "https",
    )


def create_bucket(settings: BucketSettings) -> None:
    client = open_client(settings)
    if client.bucket_exists(bucket_name=settings.s3_bucket):
        return
    try:
        client.make_bucket(bucket_name=settings.s3_bucket)
    except S3Error as error:
        if error.code not in ALREADY_THERE:
            raise


if __name__ == "__main__":
    create_bucket(BucketSettings.model_validate({}))
