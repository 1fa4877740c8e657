"""From options to the bodies that the API takes."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.exports import ExportRequest, build_query
from cli.failures import USAGE, CommandFailure
from cli.import_creation import ImportRequest, build_config
from contracts.api.exports import ExportQuery
from contracts.api.imports import ImportConfig


def test_the_plainest_import_only_says_its_type() -> None:
    assert build_config(ImportRequest("accounts")) == {"record_type": "accounts"}


def test_options_by_name_win_over_set_and_set_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"mode": "create_new", "first_rows": 10, "complete": "manual"}))
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"Acct": "AccountNumber", "Junk": None}))
    request = ImportRequest(
        "accounts",
        mode="update_existing",
        mapping=mapping,
        config=config,
        settings=["first_rows=5", "formats.date=DD/MM/YYYY", "constants.Currency=EUR"],
        complete=True,
    )
    built = build_config(request)
    assert built == {
        "record_type": "accounts",
        "mode": "update_existing",
        "first_rows": 5,
        "complete": "automatic",
        "formats": {"date": "DD/MM/YYYY"},
        "constants": {"Currency": "EUR"},
        "mapping": {"Acct": "AccountNumber", "Junk": None},
    }
    ImportConfig.model_validate(built)


def test_an_amount_in_set_stays_exact_text() -> None:
    built = build_config(ImportRequest("accounts", settings=["expected.amounts.USD=10.10"]))
    assert built["expected"] == {"amounts": {"USD": "10.10"}}
    ImportConfig.model_validate(built)


@pytest.mark.parametrize("setting", ["mode", "=x"])
def test_a_setting_without_a_value_is_wrong_usage(setting: str) -> None:
    with pytest.raises(CommandFailure) as failure:
        build_config(ImportRequest("accounts", settings=[setting]))
    assert failure.value.exit_code == USAGE


def test_a_mapping_file_that_is_no_object_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text("[]")
    with pytest.raises(CommandFailure, match="must hold a JSON object"):
        build_config(ImportRequest("accounts", mapping=path))


def test_an_export_query_takes_filters_columns_and_sort() -> None:
    request = ExportRequest(
        "accounts",
        filters=["status=Active", "balance[gte]=10000", "status[in]=Active, Overdue"],
        columns="AccountNumber, Balance",
        sort="-balance,id",
        layout="import",
    )
    built: dict[str, Any] = build_query(request)
    assert built["filter"] == {
        "status": "Active",
        "balance[gte]": "10000",
        "status[in]": ["Active", "Overdue"],
    }
    assert (built["columns"], built["sort"]) == (["AccountNumber", "Balance"], ["-balance", "id"])
    ExportQuery.model_validate(built)


def test_a_filter_without_a_value_is_wrong_usage() -> None:
    with pytest.raises(CommandFailure) as failure:
        build_query(ExportRequest("accounts", filters=["status"]))
    assert failure.value.exit_code == USAGE


def test_a_trailer_names_its_cells() -> None:
    built = build_config(ImportRequest("accounts", trailer="END::3"))
    assert built["trailer"] == {"marker": "END", "amount_cell": 3}
    assert build_config(ImportRequest("accounts", trailer="END"))["trailer"] == {"marker": "END"}
    ImportConfig.model_validate(built)


@pytest.mark.parametrize("trailer", ["", ":2", "END:two", "END:2:3:4", "END:²"])
def test_a_trailer_that_names_no_cells_is_wrong_usage(trailer: str) -> None:
    with pytest.raises(CommandFailure) as failure:
        build_config(ImportRequest("accounts", trailer=trailer))
    assert failure.value.exit_code == USAGE
