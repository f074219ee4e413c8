"""The black-box suite: every framework's examples, over HTTP, by nothing but CONTRACT.md and the RFCs it names."""
