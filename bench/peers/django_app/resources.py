"""How django-import-export imports accounts: plainly, and with its options for speed."""

# django-import-export comes without types
# pyright: basic

from decimal import InvalidOperation

from import_export import fields, resources, widgets

from bench.peers.django_app.models import Account

_FIELDS = (
    "account_number",
    "account_name",
    "balance",
    "currency",
    "status",
    "agent",
    "due_date",
    "debtor",
)


class CheckedDecimalWidget(widgets.DecimalWidget):
    """Without it one unreadable amount is an error of the whole file, and nothing is imported."""

    def clean(self, value, row=None, **kwargs):
        try:
            return super().clean(value, row, **kwargs)
        except InvalidOperation:
            raise ValueError("This is not an amount.") from None


def _balance():
    return fields.Field(attribute="balance", column_name="balance", widget=CheckedDecimalWidget())


class AccountResource(resources.ModelResource):
    balance = _balance()

    class Meta:
        model = Account
        import_id_fields = ("account_number",)
        fields = _FIELDS
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = False


class BulkAccountResource(resources.ModelResource):
    balance = _balance()

    class Meta:
        model = Account
        import_id_fields = ("account_number",)
        fields = _FIELDS
        clean_model_instances = True
        use_bulk = True
        skip_diff = True
