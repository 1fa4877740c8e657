"""The variables that access reads."""

from pydantic import SecretStr

from services.chassis.settings import Settings


class AccessSettings(Settings):
    access_postgres_dsn: SecretStr
