"""From seeds to files: draws, truncation, class weights, writing."""
