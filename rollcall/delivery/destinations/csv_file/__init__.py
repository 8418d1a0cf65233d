"""CSV files of contacts and of companies, safe to open in a spreadsheet."""
