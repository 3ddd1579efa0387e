"""Requirements 要求事項 of a management system: their catalogue, the evidence of them, readiness 準備状況.

The catalogue is data (`data/requirements/*.yaml`, corrected by files of a workspace); evidence is kept sealed
with a hash; readiness is worked out from both and is never more than what was shown.
"""
