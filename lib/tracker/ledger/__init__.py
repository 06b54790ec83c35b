"""The ledger: append-only files of rows, one file a kind, that anybody can check and recompute.

`files` knows the folder, its lock and the table of heads; `tail` finds what a crash left behind;
`append` writes; `force` reads the rows that are in force; `verify` checks that nobody touched it.
"""
