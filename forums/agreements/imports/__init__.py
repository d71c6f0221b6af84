"""The register of what was signed (签约项目一览表) as sheets: shown first, applied once, undone as a whole."""
