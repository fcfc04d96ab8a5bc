"""What is kept: model files, tables of results, and writing that survives a bad moment."""
