"""The book `accounts`: plan.sql, apply.sql, changes.sql, view.sql and migrations."""
