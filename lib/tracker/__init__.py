"""Read plan meters, route and log requests, and weigh what a plan's percentages buy."""

__version__ = "0.1.0"
