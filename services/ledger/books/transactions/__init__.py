"""The book `transactions`: plan.sql, apply.sql, changes.sql, view.sql and migrations."""
