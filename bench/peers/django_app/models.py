"""The peer's table, with the same constraints and indexes as the other peer's."""

# django comes without types
# pyright: basic

from django.db import models

STATUSES = ("Active", "Paid", "Overdue", "On Hold", "Escalated", "Written-off", "Closed")


class Account(models.Model):
    account_number = models.CharField(max_length=100, unique=True)
    account_name = models.CharField(max_length=300)
    balance = models.DecimalField(max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, choices=[(name, name) for name in STATUSES])
    agent = models.CharField(max_length=200, blank=True)
    due_date = models.DateField()
    debtor = models.CharField(max_length=100, blank=True)

    class Meta:
        app_label = "django_app"
        db_table = "peer_django_accounts"
