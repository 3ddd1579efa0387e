"""Training 教育: who must know what, who has learnt it, and the evidence of both (JIS Q 15001 7.2, 7.3)."""
