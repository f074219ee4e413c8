"""Clients that are not ours, used as their own documentation says, against every served provider."""
