"""Files that are kept (under their SHA-256) and documents that are made (PDF, XLSX)."""
