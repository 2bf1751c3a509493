"""How good the samples are: distances on a domain's features, always beside two anchors."""
