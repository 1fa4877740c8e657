"""Templates: a header and one sample row per record type, which imports cleanly as it is."""

from contracts.record_type import RecordType

CUSTOM_SAMPLES = (("CustomParameter1", "Value1"), ("CustomParameter2", "Value2"))


def template_rows(record_type: RecordType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Header and sample row; as in the guide, with two custom columns where there may be any."""
    custom = CUSTOM_SAMPLES if record_type.custom_fields else ()
    header = (*record_type.field_names, *(name for name, _ in custom))
    sample = (*(field.sample for field in record_type.fields), *(text for _, text in custom))
    return header, sample
