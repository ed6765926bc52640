"""What a connection, an address, a member and the whole server may use."""
