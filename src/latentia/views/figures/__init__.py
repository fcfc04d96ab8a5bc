"""Figures of a study for files and papers: one file per kind, matplotlib without pyplot."""
