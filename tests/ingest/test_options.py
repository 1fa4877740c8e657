"""Which changes of options ask for what."""

from contracts.api.imports import ImportConfig, ImportOptions
from services.ingest.domain.configuration import (
    changes_plan,
    changes_reading,
    overlay_options,
)


def test_only_options_about_reading_ask_for_another_reading() -> None:
    config = ImportConfig(record_type="accounts")
    other_mode = overlay_options(config, ImportOptions(mode="create_new"))
    other_date = overlay_options(
        config, ImportOptions.model_validate({"formats": {"date": "DD/MM/YYYY"}})
    )
    assert (changes_reading(config, other_mode), changes_plan(config, other_mode)) == (False, True)
    assert (changes_reading(config, other_date), changes_plan(config, other_date)) == (True, False)
    assert other_date.formats.decimal == "1,234.56"
