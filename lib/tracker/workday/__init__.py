"""One window in four words, begin, status, end, doctor: a thin layer over the filters, storing what they store."""
