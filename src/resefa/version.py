"""The version, stored with every result."""

VERSION = "0.5.0"
