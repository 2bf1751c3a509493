"""An observer of artgen that tells a web address how a run goes."""
