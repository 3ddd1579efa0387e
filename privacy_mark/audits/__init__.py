"""Internal audits 内部監査 (J.6.2): who audits what and why he may, programmes, work papers, reports."""
