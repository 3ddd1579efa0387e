"""The ledger as a file 台帳ファイル: a company's own table is read, the assessors' layout is written."""
