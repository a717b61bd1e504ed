"""The version, stored with every result."""

VERSION = "0.3.0"
