"""The ledger's arithmetic over files made by chance: the equations hold for every one of them."""

from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.api.imports import BUCKETS
from services.ledger.domain.summary import BUCKET_OF_ACTION, ActionSum, summarise
from tests.ledger.conftest import Books, Cells

NUMBERS = st.sampled_from([f"A-{number}" for number in range(1, 7)])
AMOUNTS = st.decimals(Decimal("0.01"), Decimal("9999.99"), places=2).map(str)
ACCOUNTS = st.lists(
    st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {"AccountNumber": NUMBERS, "AccountName": st.just("Name"), "Balance": AMOUNTS},
            optional={"Status": st.sampled_from(["Active", "Closed"])},
        ),
    ),
    min_size=1,
    max_size=8,
)
TRANSACTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "AccountNumber": NUMBERS,
            "Type": st.sampled_from(["payment", "fee", "adjustment"]),
            "Amount": AMOUNTS,
            "TransactionDate": st.sampled_from(["2026-01-01", "2026-01-02"]),
        },
        optional={"TransactionReference": st.sampled_from(["T-1", "T-2", "T-3"])},
    ),
    min_size=1,
    max_size=8,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("accounts"),
            ACCOUNTS,
            st.fixed_dictionaries(
                {
                    "mode": st.sampled_from(["upsert", "update_existing", "skip_duplicates"]),
                    "balance_difference": st.sampled_from(["adjust", "ignore", "hold"]),
                    "duplicates_in_file": st.sampled_from(["last", "first", "reject_all"]),
                    "complete": st.sampled_from(["manual", "automatic"]),
                }
            ),
        ),
        st.tuples(st.just("transactions"), TRANSACTIONS, st.just({})),
    ),
    min_size=1,
    max_size=4,
)


async def assert_equations(books: Books) -> None:
    """Rows and amounts in = the seven buckets; planned deltas of applied rows = postings."""
    for row in await books.rows("select counts, amounts, import_id from ledger_v1.imports"):
        counts = row["counts"]
        assert counts["rows"] == sum(counts[bucket] for bucket in BUCKETS)
        for currency, amounts in row["amounts"].items():
            assert amounts["in"] == sum(amounts[bucket] for bucket in BUCKETS)
            posted = await books.value(
                "select coalesce(sum(minor), 0)::bigint from ledger_v1.postings"
                " where import_id = $1 and currency = $2",
                row["import_id"],
                currency,
            )
            assert posted == amounts["posted"]
    await books.assert_sound()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
    print_blob=True,
)
@given(steps=STEPS)
async def test_any_sequence_of_imports_keeps_both_equations(
    books: Books, steps: list[tuple[str, list[Cells | None], dict[str, str]]]
) -> None:
    for record_type, rows, config in steps:
        await books.book(record_type, rows, config=config)
        await assert_equations(books)


@given(
    st.lists(
        st.builds(
            ActionSum,
            action=st.sampled_from(sorted(BUCKET_OF_ACTION)),
            currency=st.sampled_from(["USD", "JPY", None]),
            rows=st.integers(0, 10**6),
            amount=st.integers(-(10**15), 10**15),
            posted=st.integers(-(10**15), 10**15),
        )
    )
)
def test_a_summary_puts_every_row_and_amount_into_one_bucket(sums: list[ActionSum]) -> None:
    summary = summarise(sums)
    assert summary.counts["rows"] == sum(item.rows for item in sums)
    assert summary.counts["rows"] == sum(summary.counts[bucket] for bucket in BUCKETS)
    for currency, amounts in summary.amounts.items():
        total = sum(item.amount for item in sums if item.currency == currency)
        assert amounts["in"] == total == sum(amounts[bucket] for bucket in BUCKETS)
