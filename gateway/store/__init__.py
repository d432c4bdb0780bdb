"""The tables, the transaction and the log. What differs between SQLite and PostgreSQL stands in `dialekt`."""
