"""One reading of the ledger into what the statistics and gates work on."""
