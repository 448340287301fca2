"""Changing a few cells, notes and sheets of somebody's workbook, with every other part left byte for byte."""
