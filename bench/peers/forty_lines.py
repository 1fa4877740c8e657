"""The script that one would write instead: csv, pydantic, COPY; it checks, reports and upserts."""

import asyncio
import csv
import sys
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Literal

import asyncpg
from pydantic import BaseModel, Field, ValidationError

STATUSES = Literal["Active", "Paid", "Overdue", "On Hold", "Escalated", "Written-off", "Closed"]
SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split("-- name: ")[1:]
CREATE, STAGE, UPSERT = (part.split("\n", 1)[1] for part in SQL)
BATCH = 20_000


class Account(BaseModel):
    """A row; what does not fit is reported."""

    AccountNumber: str = Field(min_length=1, max_length=100)
    AccountName: str = Field(min_length=1, max_length=300)
    Balance: Decimal = Field(max_digits=15, decimal_places=2)
    Currency: str = Field(min_length=3, max_length=3)
    Status: STATUSES
    Agent: str
    DueDate: date
    Debtor: str


async def load(dsn: str, file: Path, report: Path) -> tuple[int, int]:
    """Good and bad rows."""
    connection = await asyncpg.connect(dsn)
    good = bad = 0
    with file.open(newline="") as source, report.open("w", newline="") as target:
        rows, errors = enumerate(csv.DictReader(source), 1), csv.writer(target)
        async with connection.transaction():
            await connection.execute(STAGE)
            while batch := list(islice(rows, BATCH)):
                records: list[tuple[object, ...]] = []
                for number, row in batch:
                    try:
                        records.append(tuple(Account.model_validate(row).__dict__.values()))
                    except ValidationError as error:
                        places = ((item["loc"], item["msg"]) for item in error.errors())
                        errors.writerow([number, *places, *row.values()])
                good, bad = good + len(records), bad + len(batch) - len(records)
                await connection.copy_records_to_table("incoming", records=records)
            await connection.execute(UPSERT)
    await connection.close()
    return good, bad


if __name__ == "__main__":
    print(*asyncio.run(load(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
