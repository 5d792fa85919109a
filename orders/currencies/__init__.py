"""Exchange rates: `rates` finds the way from one currency to another, `csv_reader` reads a file of them. Pure."""
