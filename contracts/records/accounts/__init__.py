"""The record type `accounts`: what a debtor owes, as the guide's template and the agencies' files
give it.
"""

from contracts.record_type import Field, RecordType

STATUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Active", ("open", "current")),
    ("Paid", ("paid in full", "pif")),
    ("Overdue", ("past due", "delinquent")),
    ("On Hold", ("hold", "onhold")),
    ("Escalated", ()),
    ("Written-off", ("written off", "writeoff", "write-off", "charged off")),
    ("Closed", ()),
)

RECORD_TYPE = RecordType(
    name="accounts",
    title="Accounts",
    fields=(
        Field(
            name="AccountNumber",
            kind="reference",
            description="Your number of the account; unique. Left out, Ledgerport gives one.",
            sample="AC-1001",
            aliases=("Account No", "Account #", "Acct Number", "AccountRef", "Account Reference"),
            max_length=100,
        ),
        Field(
            name="AccountName",
            kind="text",
            description="Name of the account.",
            sample="ABC Corporation",
            required=True,
            aliases=("Acct Name", "Name of Account", "Customer Name"),
            max_length=300,
            personal=True,
        ),
        Field(
            name="Balance",
            kind="money",
            description="Outstanding balance. For a known account: what the sender believes it is.",
            sample="$1,250.00",
            required=True,
            aliases=("Outstanding Balance", "Amount Due", "Current Balance", "Balance Due"),
        ),
        Field(
            name="Currency",
            kind="currency",
            description="Three-letter ISO 4217 code; left out, the import's default.",
            sample="USD",
            aliases=("Currency Code", "CCY"),
        ),
        Field(
            name="Status",
            kind="choice",
            description="Active, Paid, Overdue, On Hold, Escalated, Written-off or Closed.",
            sample="Active",
            aliases=("Account Status", "State"),
            choices=STATUSES,
        ),
        Field(
            name="Agent",
            kind="agent",
            description="E-mail or id of the agent who works the account.",
            sample="agent1@example.com",
            aliases=("Agent Email", "Collector", "Assigned To", "Agent ID"),
            max_length=200,
        ),
        Field(
            name="DueDate",
            kind="date",
            description="When payment is due.",
            sample="2024-01-15",
            aliases=("Due", "Payment Due", "Due On"),
        ),
        Field(
            name="Debtor",
            kind="reference",
            description="Reference of the debtor who owes it.",
            sample="D-2001",
            aliases=("Debtor Reference", "CustomerRef", "Customer Reference", "Debtor ID"),
            max_length=100,
        ),
    ),
    match_keys=("AccountNumber", "AccountName"),
    reference_field="AccountNumber",
    amount_field="Balance",
    currency_field="Currency",
    custom_fields=True,
)
