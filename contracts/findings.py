"""The codes of findings with their sentence and way on: one address for words that users read."""

from typing import NamedTuple


class Explanation(NamedTuple):
    sentence: str
    way_on: str


FIX_AND_RESEND = "Download the error file, correct the cells and upload it again."

EXPLANATIONS: dict[str, Explanation] = {
    # found by the reader
    "repaired": Explanation(
        "An amount with a thousands comma was not quoted; its two cells were joined again.",
        "Check the row; quote such amounts in the source.",
    ),
    "ragged_short": Explanation(
        "The row has fewer cells than the header; the missing ones count as empty.",
        "Check the row in the source file.",
    ),
    "ragged_long": Explanation("The row has more cells than the header.", FIX_AND_RESEND),
    "oversize_cell": Explanation("A cell is longer than 32 KiB.", FIX_AND_RESEND),
    "null_bytes": Explanation("The row holds NUL bytes.", FIX_AND_RESEND),
    "unclosed_quote": Explanation("A quotation mark is never closed.", FIX_AND_RESEND),
    "nested_value": Explanation("A value is a list or an object.", FIX_AND_RESEND),
    "not_an_object": Explanation("The record is not a JSON object.", FIX_AND_RESEND),
    "malformed_json": Explanation("The line is not valid JSON.", FIX_AND_RESEND),
    # found by the validator
    "required": Explanation("A required value is missing.", FIX_AND_RESEND),
    "too_long": Explanation("A value is longer than its field takes.", FIX_AND_RESEND),
    "not_a_number": Explanation("A value is not a number of the stated format.", FIX_AND_RESEND),
    "ambiguous_number": Explanation(
        "A number could be read in two ways; it is never guessed.",
        "Set the decimal format of the import, or correct the cells.",
    ),
    "scientific_notation": Explanation(
        "A number is written with an exponent, as spreadsheets do with long numbers.",
        FIX_AND_RESEND,
    ),
    "three_decimals": Explanation(
        "A number has three decimals; perhaps its comma was meant for thousands.",
        "Check the row, and the decimal format of the import.",
    ),
    "too_many_digits": Explanation("A number has more than 30 digits.", FIX_AND_RESEND),
    "excess_digits": Explanation("The amount has more decimals than its currency.", FIX_AND_RESEND),
    "amount_negative": Explanation("The amount is below zero.", FIX_AND_RESEND),
    "amount_out_of_range": Explanation("The amount is beyond what can be booked.", FIX_AND_RESEND),
    "inexact_number": Explanation(
        "A number was sent with a fraction as a JSON number, which is not exact.",
        'Send amounts as text, such as "250.00".',
    ),
    "not_a_date": Explanation(
        "A value is not a date of the stated format.",
        "Set the date format of the import, or correct the cells.",
    ),
    "no_such_date": Explanation("There is no such day in the calendar.", FIX_AND_RESEND),
    "date_out_of_range": Explanation("The date is before 1900 or after 2200.", FIX_AND_RESEND),
    "unknown_choice": Explanation("The value is not one of the field's words.", FIX_AND_RESEND),
    "ambiguous_currency": Explanation(
        "The sign means several currencies.", "Fill the currency column with a code such as USD."
    ),
    "conflicts_with_currency": Explanation(
        "The amount's currency sign is not the row's currency.", FIX_AND_RESEND
    ),
    "currency_conflict": Explanation(
        "The amount's currency sign is not the row's currency.", FIX_AND_RESEND
    ),
    "not_an_email": Explanation("The value is not an e-mail address or id.", FIX_AND_RESEND),
    "broken_character": Explanation(
        "The text holds characters that were lost on the way.",
        "Set the encoding of the file and read it again.",
    ),
    "control_characters": Explanation("The text holds control characters.", FIX_AND_RESEND),
    "null_character": Explanation("The text holds a NUL character.", FIX_AND_RESEND),
    "boolean_value": Explanation("A value is true or false where text is meant.", FIX_AND_RESEND),
    "unknown_field": Explanation(
        "The record has a field that its type does not know.", "Use the template's field names."
    ),
    "unknown_record_type": Explanation(
        "There is no record type of this name.", "Use one of the types in the API description."
    ),
    "repeated_field": Explanation("A field stands twice in the record.", "Send each field once."),
    "too_many_fields": Explanation(
        "The record has more than 200 fields.", "Send the template's fields only."
    ),
    "more_remarks": Explanation(
        "There are more of them than are listed.", "Correct the ones listed first."
    ),
    "account_missing": Explanation("The row names no account.", FIX_AND_RESEND),
    "reverses_reference_missing": Explanation(
        "A reversal does not say what it reverses.", FIX_AND_RESEND
    ),
    "amount_not_positive": Explanation("The amount is not above zero.", FIX_AND_RESEND),
    # found by the plan
    "already_exists": Explanation(
        "The record exists already.", "Choose the mode upsert to update known records."
    ),
    "no_match": Explanation(
        "No record of this key exists.", "Choose the mode upsert to create new records."
    ),
    "repeated_key": Explanation(
        "Another row of the file has the same key and was chosen.",
        "Nothing to do, or choose another way for duplicates in the file.",
    ),
    "repeated_key_rejected": Explanation(
        "Several rows of the file have the same key.", "Keep one of them, or choose first or last."
    ),
    "ambiguous_name": Explanation(
        "The name alone does not say which account is meant.", "Give the account number."
    ),
    "too_many_decimals": Explanation(
        "The amount has more decimals than its currency.", FIX_AND_RESEND
    ),
    "amount_too_large": Explanation("The amount is beyond what can be booked.", FIX_AND_RESEND),
    "unknown_currency": Explanation("No currency has this code.", FIX_AND_RESEND),
    "currency_mismatch": Explanation(
        "The row's currency is not the account's.", "Correct the currency or the account."
    ),
    "unknown_agent": Explanation(
        "No agent has this e-mail or id.",
        "Create the agent first, or choose another way for unknown agents.",
    ),
    "balance_differs": Explanation(
        "The balance differs from the books.",
        "Choose balance_difference adjust to post the difference, ignore to leave it, "
        "or release the row after a look.",
    ),
    "closed_account": Explanation(
        "The account is closed; the transaction is booked all the same.", "Check the account."
    ),
    "reference_reused": Explanation(
        "The reference is known with other content.", "Give the transaction its own reference."
    ),
    "details_differ": Explanation(
        "The transaction is known; its method, agent or notes differ and were left as they are.",
        "Nothing to do.",
    ),
    "possible_duplicate": Explanation(
        "A transaction without a reference equals one that came from elsewhere.",
        "Release the row if it is another one, dismiss it if it is the same.",
    ),
    "account_unknown": Explanation(
        "The account is not in the books yet; the row waits for it.", "Import the account."
    ),
    "reversed_unknown": Explanation(
        "The transaction to reverse is not in the books yet; the row waits for it.",
        "Import the transaction.",
    ),
    "already_reversed": Explanation(
        "The transaction is reversed already.", "Nothing to do, or check the reference."
    ),
    "reversal_differs": Explanation(
        "A reversal must equal its transaction in account, kind, amount and currency.",
        "Correct the reversal; partial ones are adjustments.",
    ),
    "moved": Explanation(
        "The record was changed by someone else since the review.",
        "Look at the row again and release it.",
    ),
    "needs_review": Explanation(
        "The row has errors and waits for a person, as its import asks.",
        "Correct the row, or dismiss it with a reason.",
    ),
    "waited_too_long": Explanation(
        "The record that the row waits for did not come in time.",
        "Import that record and release the row, or dismiss it.",
    ),
    "dismissed": Explanation("A person dismissed the row.", "Nothing to do."),
    "corrected": Explanation("A correction of the row was booked instead.", "Nothing to do."),
    "already_corrected": Explanation(
        "Another correction of this row is in the books.",
        "Revert that correction first, if this one is the right one.",
    ),
    "withdrawn": Explanation(
        "The row was still waiting when its import was reverted.", "Nothing to do."
    ),
    # why a revert keeps a record
    "changed_since": Explanation(
        "The record was changed since, by another import or source.",
        "Revert that change first, or correct the record by an import of its own.",
    ),
    "posted_since": Explanation(
        "Money was posted to the account since.",
        "Revert those postings first, or keep the account.",
    ),
    "confirmed_since": Explanation(
        "Another import or source has the same record.", "Revert that import first."
    ),
    "reversed_since": Explanation(
        "The transaction was reversed since.", "Revert that reversal first."
    ),
    "withdrawn_since": Explanation("The record is withdrawn already.", "Nothing to do."),
    "plan_superseded": Explanation(
        "The plan was overtaken before it was applied.", "Review the new plan and complete it."
    ),
    "control_totals_mismatch": Explanation(
        "The file does not add up to the expected rows or amounts.",
        "Ask the sender, or have a manager override with a reason.",
    ),
    "event_id_reused": Explanation(
        "This event id was used before with other content; nothing was changed.",
        "Give each event its own id.",
    ),
    "empty_file": Explanation("The file has a header but no rows.", "Upload a file with rows."),
}


def explain(code: str) -> Explanation:
    """The words of a code; an unlisted one (a value's own problem) has the general way on."""
    return EXPLANATIONS.get(code, Explanation("The value cannot be used.", FIX_AND_RESEND))
