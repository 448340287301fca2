"""The свод: its workbook (``workbook``) and its page (``page``), and what is on them."""
