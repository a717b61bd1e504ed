"""The version, stored with every result."""

VERSION = "0.4.0"
