"""Driving served examples over HTTP: what the black-box suites share. Nothing here imports the code under test."""
