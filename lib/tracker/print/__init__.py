"""The only place that draws: tables, pages, plots, the plans' CSV files."""
