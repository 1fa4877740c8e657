"""What can happen to a call of the object store, and which of it passes by itself."""

from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3.exceptions import HTTPError

MISSING_CODES = ("NoSuchKey", "NoSuchObject", "NoSuchUpload")
PASSING_CODES = (
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "XMinioServerNotInitialized",
)
# What minio-py raises when the store did not do what it was asked.
STORE_ERRORS = (HTTPError, S3Error, ServerError, InvalidResponseError)


class ObjectMissingError(Exception):
    """There is no object of that name."""


class StoreUnavailableError(Exception):
    """The store did not answer, or not in time; trying again later may help."""


def is_passing(error: Exception) -> bool:
    """Whether the same call may succeed when it is made again."""
    if isinstance(error, S3Error):
        return error.code in PASSING_CODES
    return isinstance(error, (HTTPError, ServerError, InvalidResponseError, TimeoutError))


def explain(error: Exception, name: str) -> Exception:
    """The caller's word for what minio-py raised; it never says more than the object's name."""
    if isinstance(error, S3Error) and error.code in MISSING_CODES:
        return ObjectMissingError(f"there is no object {name}")
    code = error.code if isinstance(error, S3Error) else type(error).__name__
    return StoreUnavailableError(f"the object store did not do what it was asked ({code})")
