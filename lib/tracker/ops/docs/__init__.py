"""Manual pages, completions and tables, made from the tools' parsers and the rows' declarations."""
