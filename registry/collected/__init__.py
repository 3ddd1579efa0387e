"""What comes from afar: results that a site without connection, or a worker elsewhere, sends home sealed."""
