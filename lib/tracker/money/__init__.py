"""Tokens into money, and what offloading costs and saves."""
