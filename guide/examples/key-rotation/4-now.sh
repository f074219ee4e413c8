python -m shared_validator rotate-keys --now
kids
