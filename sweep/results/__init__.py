"""Results computed from a ledger: tables, statistics, verdict, pages."""
