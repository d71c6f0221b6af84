"""Lists of registrations that come as files: read, shown as a dry run, applied once, and undone as a whole."""
