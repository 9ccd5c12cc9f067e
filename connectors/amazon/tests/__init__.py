"""Tests over the served simulator, judged by the vendor's files."""
