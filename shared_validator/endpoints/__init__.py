"""What only machines call: each endpoint turns a Request into a Response."""
