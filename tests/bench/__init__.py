"""Speed of the site server, each figure beside a bound that was measured in the same run."""
