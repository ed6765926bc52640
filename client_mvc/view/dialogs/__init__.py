"""The windows over the main one."""
