"""The variables that the validator reads."""

from services.chassis.settings import KafkaSettings


class ValidatorSettings(KafkaSettings):
    """Nothing of its own: it keeps nothing."""
