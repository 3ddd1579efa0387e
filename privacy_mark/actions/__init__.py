"""Corrective actions 是正処置 (J.7.1): from the finding to the approved effect."""
