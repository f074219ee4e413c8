"""The endpoints that only machines call. Each turns a Request into a Response."""
