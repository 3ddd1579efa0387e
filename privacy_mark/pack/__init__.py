"""Evidence packs 証跡パック: files that one hands over, and what proves them over the signed journal."""
