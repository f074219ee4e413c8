"""The pages in a real browser: each framework's provider and consumer, clicked through as a person would."""
