"""The record type `transactions`: payments, fees, adjustments, and a reversal of each."""

from contracts.record_type import Field, PositiveUnless, RecordType, RequiredOneOf

REVERSALS = ("payment_reversal", "fee_reversal", "adjustment_reversal")

TYPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("payment", ("pmt", "pay", "pu", "pc", "pa", "paid", "credit")),
    ("fee", ("charge", "fee charge", "late fee", "cost")),
    ("adjustment", ("adj", "da", "compensation", "balance adjustment")),
    (
        "payment_reversal",
        ("payment reversal", "chargeback", "pur", "pcr", "par", "nsf", "reversal of payment"),
    ),
    ("fee_reversal", ("fee reversal", "charge reversal")),
    ("adjustment_reversal", ("adjustment reversal", "dar")),
)

RECORD_TYPE = RecordType(
    name="transactions",
    title="Transactions",
    fields=(
        Field(
            name="TransactionReference",
            kind="reference",
            description="Your reference of the transaction; unique. Left out, one is derived.",
            sample="PAY-9001",
            aliases=("Reference", "TransactionRef", "Transaction ID", "Payment Reference", "Ref"),
            max_length=100,
        ),
        Field(
            name="AccountNumber",
            kind="reference",
            description="Number of the account; or give AccountName.",
            sample="AC-1001",
            aliases=("Account No", "Account #", "Account Identifier", "Account", "AccountRef"),
            max_length=100,
        ),
        Field(
            name="AccountName",
            kind="text",
            description="Name of the account, when its number is not known and the name is unique.",
            aliases=("Acct Name", "Customer Name"),
            max_length=300,
            personal=True,
        ),
        Field(
            name="Type",
            kind="choice",
            description="payment, fee, adjustment, payment_reversal, fee_reversal or "
            "adjustment_reversal.",
            sample="payment",
            required=True,
            aliases=("Transaction Type", "Trans Type", "Txn Type"),
            choices=TYPES,
        ),
        Field(
            name="Amount",
            kind="money",
            description="Always above zero: the type gives the direction. Only an adjustment "
            "carries its own sign.",
            sample="$250.00",
            required=True,
            aliases=("Transaction Amount", "Payment Amount", "Sum", "Value"),
        ),
        Field(
            name="Currency",
            kind="currency",
            description="Three-letter ISO 4217 code; left out, the account's.",
            sample="USD",
            aliases=("Currency Code", "CCY"),
        ),
        Field(
            name="TransactionDate",
            kind="date",
            description="The day on which it took effect.",
            sample="2024-02-01",
            required=True,
            aliases=("Date", "Payment Date", "Effective Date", "Posted On", "ProcessedAt"),
        ),
        Field(
            name="PaymentMethod",
            kind="text",
            description="How it was paid: card, check, cash, transfer, …",
            sample="card",
            aliases=("Method", "Paid By", "Payment Type"),
            max_length=100,
        ),
        Field(
            name="Agent",
            kind="agent",
            description="E-mail or id of the agent who took it.",
            sample="agent1@example.com",
            aliases=("Agent Email", "Collector", "Agent ID"),
            max_length=200,
        ),
        Field(
            name="Notes",
            kind="notes",
            description="Anything worth keeping.",
            sample="First instalment",
            aliases=("Note", "Comment", "Memo", "Transaction Notes"),
            max_length=4000,
            personal=True,
        ),
        Field(
            name="ReversesReference",
            kind="reference",
            description="For a reversal: the TransactionReference that it reverses.",
            aliases=("Reverses", "Original Reference", "Reversed Reference"),
            max_length=100,
        ),
    ),
    match_keys=("TransactionReference",),
    reference_field="TransactionReference",
    amount_field="Amount",
    currency_field="Currency",
    checks=(
        RequiredOneOf(
            fields=("AccountNumber", "AccountName"),
            code="account_missing",
            sentence="The row names no account: fill AccountNumber or AccountName.",
        ),
        RequiredOneOf(
            fields=("ReversesReference",),
            code="reverses_reference_missing",
            sentence="A reversal must say in ReversesReference which transaction it reverses.",
            when_field="Type",
            when_values=REVERSALS,
        ),
        PositiveUnless(
            field="Amount",
            code="amount_not_positive",
            sentence="The amount must be above zero: the type gives the direction.",
            unless_field="Type",
            unless_values=("adjustment", "adjustment_reversal"),
        ),
    ),
)
