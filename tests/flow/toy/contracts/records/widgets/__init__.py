"""A toy record type: what a new one needs of contracts."""

from contracts.record_type import Field, RecordType

RECORD_TYPE = RecordType(
    name="widgets",
    title="Widgets",
    fields=(
        Field(
            name="WidgetCode",
            kind="reference",
            description="Code of the widget; unique.",
            sample="W-1",
            required=True,
        ),
        Field(name="Colour", kind="text", description="Its colour.", sample="red"),
    ),
    match_keys=("WidgetCode",),
    reference_field="WidgetCode",
)
