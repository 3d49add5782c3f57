"""Edits carried out in the text of policy files; everything else stays byte for byte."""
