"""The fit: one step, one compiled program, one loop, and what they leave behind."""
