"""Comments, attachments, saved filters, bulk edits."""
