"""What people see: figures, the report, the terminal. Takes results, never refits anything."""
