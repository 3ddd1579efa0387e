"""Assessments 審査 by a body: findings and answers, improvement reports, the room of the on-site assessment.

Sources: the guideline 構築・運用指針; JIP-PMK220 (findings and improvement).
"""
