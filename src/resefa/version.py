"""The version, stored with every result."""

VERSION = "0.2.0"
