"""How the processes start, watch each other, pass sockets and end."""
