"""tkinter only: shows what it is told, reports what the person did, decides nothing."""
